import type { RandomStream } from '@normlab/random';
import type { Image } from '../image.js';

/**
 * A random change to one image: a pure function of the image and a random stream.
 *
 * It does not change its input. Which numbers it draws from the stream, and in which order, is part
 * of its contract: the same stream gives the same image on every machine.
 */
export type Augmentation = (image: Image, stream: RandomStream) => Image;

/** A deterministic change to one image, as evaluation uses it. */
export type Preparation = (image: Image) => Image;
