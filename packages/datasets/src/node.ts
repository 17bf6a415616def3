export { type Archive, archives } from './node/archives.js';
export { cifar10 } from './node/cifar10.js';
export { type Cifar100Options, cifar100 } from './node/cifar100.js';
export {
  type DownloadOptions,
  type DownloadProgress,
  download,
  downloadArchive,
} from './node/download.js';
export { type ImageFolderOptions, type ImageFolderProgress, imageFolder } from './node/imageFolder.js';
export { type ReadImage, type ReadImageOptions, readImage } from './node/readImage.js';
export { writeCifar10 } from './node/writeCifar10.js';
