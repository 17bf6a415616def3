import { type Complaint, markKind, NormlabError } from './normlabError.js';

/** A tensor has the wrong rank, shape or type, or is disposed. */
export class ShapeError extends NormlabError {
  override readonly name = 'ShapeError';

  static {
    markKind(ShapeError, 'ShapeError');
  }
}

/** A scalar option is missing, out of range, or unknown. */
export class OptionError extends NormlabError {
  override readonly name = 'OptionError';

  static {
    markKind(OptionError, 'OptionError');
  }
}

/** A network spec is not valid; `what` is the path of the fault, as in `layers[3].channels`. */
export class SpecError extends NormlabError {
  override readonly name = 'SpecError';

  static {
    markKind(SpecError, 'SpecError');
  }
}

/** A file or stream does not hold what it should. */
export class DataError extends NormlabError {
  override readonly name = 'DataError';

  static {
    markKind(DataError, 'DataError');
  }

  /** The faulty file, if the error concerns a file. */
  readonly file: string | undefined;
  /** The byte offset in the file at which the fault begins. */
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

  static {
    markKind(BackendError, 'BackendError');
  }
}

/** A training run cannot go on: the loss is not finite, a checkpoint does not fit. */
export class TrainError extends NormlabError {
  override readonly name = 'TrainError';

  static {
    markKind(TrainError, 'TrainError');
  }
}
