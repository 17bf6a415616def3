export { cifar10 } from './node/cifar10.js';
export { type Cifar100Options, cifar100 } from './node/cifar100.js';
export { type ImageFolderOptions, type ImageFolderProgress, imageFolder } from './node/imageFolder.js';
export { writeCifar10 } from './node/writeCifar10.js';
