export { BackendError, DataError, OptionError, ShapeError, SpecError, TrainError } from './errors.js';
export { nameHint, nearestNames } from './nearestNames.js';
export { type Complaint, NormlabError } from './normlabError.js';
export { printable } from './printable.js';
export { refuseOthers } from './refuseOthers.js';
