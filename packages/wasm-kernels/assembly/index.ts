export { convolve } from './convolve';
export { addGroups, convolveBackFilter } from './convolveBack';
export { packPanels } from './pack';
