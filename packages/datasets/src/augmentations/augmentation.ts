import type { RandomStream } from '@normlab/random';
import type { Image } from '../image.js';

/**
 * A random change to one picture: a pure function of the picture and a random stream.
 *
 * It leaves its input as it is. What it draws from the stream, and in which order, is part of its
 * contract: the same stream gives the same picture on every machine.
 */
export type Augmentation = (image: Image, stream: RandomStream) => Image;

/** A fixed change to one picture, as evaluation uses it. */
export type Preparation = (image: Image) => Image;
