import { type Complaint, NormlabError } from './normlabError.js';

/** A tensor has the wrong rank, shape or type, or is disposed. */
export class ShapeError extends NormlabError {
  override readonly name = 'ShapeError';
}

/** A scalar option is missing, out of range, or unknown. */
export class OptionError extends NormlabError {
  override readonly name = 'OptionError';
}

/** A network spec is not one; `what` is the path of the fault, as in `layers[3].channels`. */
export class SpecError extends NormlabError {
  override readonly name = 'SpecError';
}

/** A file or stream does not hold what it should. */
export class DataError extends NormlabError {
  override readonly name = 'DataError';
  /** The file at fault, where there is one. */
  readonly file: string | undefined;
  /** Where in the file the fault begins, in bytes. */
  readonly byteOffset: number | undefined;

  constructor(complaint: Complaint & { file?: string; byteOffset?: number }, options?: ErrorOptions) {
    super(complaint, options);
    this.file = complaint.file;
    this.byteOffset = complaint.byteOffset;
  }
}

/** A tfjs backend cannot be opened or cannot do what was asked. */
export class BackendError extends NormlabError {
  override readonly name = 'BackendError';
}

/** A training run cannot go on: the loss is not finite, a checkpoint does not fit. */
export class TrainError extends NormlabError {
  override readonly name = 'TrainError';
}
