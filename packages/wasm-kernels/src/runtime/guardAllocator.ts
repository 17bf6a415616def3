import { BackendError } from '@normlab/errors';
import type { WasmModule } from '../wasmBackend.js';
import { lineBytes, roundToLine } from './heap.js';
import type { WasmMemory } from './webAssembly.js';

const mebibyte = 2 ** 20;

/**
 * Where the memory ends at the latest.
 *
 * tfjs's allocator (emscripten's emmalloc) takes a free region for large enough where `start + bytes ≤ end`, in 32
 * bits: where the sum passes 4 GiB it wraps, and a region of any size will do. What tfjs's C code allocates does not
 * pass through this guard. With no region beyond this address, sums wrap from 128 MiB on: C code allocates the packed
 * weights of one layer, or a few words per pixel of an image.
 */
const memoryEnd = 2 ** 32 - 128 * mebibyte;

/**
 * Where tensors end at the latest: the rest is for tfjs's C code, which computes nothing and goes on where it gets no
 * memory. It is 160 MiB, and 96 more because emscripten grows the memory by up to 96 MiB more than it needs, and takes
 * a refusal for a full heap.
 */
const tensorEnd = memoryEnd - 256 * mebibyte;

/** What the heap holds of tensors at most: a step whose tensors take more ends in an error. */
export type TensorHeap = {
  /** Bytes of all tensors together that are in memory at one instant. */
  readonly bytes: number;
  /** Bytes from which on a tensor counts: smaller ones may lie beyond. */
  readonly countedFrom: number;
};

/** Blocks below this size may lie in the part for C code: together they are too few to fill it. */
const smallBytes = mebibyte;

/** The limits of this guard: 3712 MiB, of tensors from 1 MiB on. */
export const tensorHeap: TensorHeap = { bytes: tensorEnd, countedFrom: smallBytes };

const pageBytes = 2 ** 16;

/** Marks modules whose allocator is ours already, for every copy of this package. */
const guardedKey = Symbol.for('@normlab/wasm-kernels/guarded');

/**
 * Has tfjs's allocator begin every block at a multiple of 64 bytes, and throw a BackendError when the heap is full.
 *
 * As it ships, blocks begin at 8 mod 16, so that vectors straddle cache lines; tensors that do not fit come to lie at
 * address 0, one over the other; byte counts are taken modulo 4 GiB; and near the end of the memory it gives out blocks
 * that are shorter than asked for (see {@link memoryEnd}). Such a block is a whole free region, so that nothing is
 * damaged as long as nobody writes to it: it is given back.
 *
 * After the error the heap is as it was before, and usable.
 *
 * The guard stays for as long as the module lives, since blocks that were given out have to be freed as they were made.
 */
export function guardAllocator(module: WasmModule, memory: WasmMemory): void {
  if (guardedKey in module) return;
  Object.defineProperty(module, guardedKey, { value: true });
  limitGrowth(memory);
  // At their first calls emscripten's own put the compiled functions in their places: let that happen before.
  module._free(module._malloc(1));
  const own: Allocator = { allocate: module._malloc, free: module._free };
  /** What the module's own allocator gave, by the address that we gave out. */
  const blocks = new Map<number, number>();
  module._malloc = (bytes) => {
    // Whole lines, since emmalloc never joins new memory to the old again after a request for 4 bytes mod 8.
    const needed = roundToLine(bytes) + lineBytes;
    const block = allocateBelow(bytes < smallBytes ? memoryEnd : tensorEnd, needed, own);
    if (block === undefined) throw outOfMemory(bytes);
    const address = roundToLine(block);
    blocks.set(address, block);
    return address;
  };
  module._free = (address) => {
    const aligned = address >>> 0;
    own.free(blocks.get(aligned) ?? address);
    blocks.delete(aligned);
  };
}

/** The module's own functions. */
type Allocator = {
  allocate(bytes: number): number;
  free(address: number): void;
};

/** A block that ends at an address or before it; undefined where there is none. */
function allocateBelow(end: number, bytes: number, own: Allocator): number | undefined {
  if (bytes > end) return undefined;
  const block = tryBelow(end, bytes, own);
  if (block !== undefined || bytes < pieceBytes) return block;
  stretch(own);
  return tryBelow(end, bytes, own);
}

function tryBelow(end: number, bytes: number, { allocate, free }: Allocator): number | undefined {
  // Held until another block is found, or the allocator would give the same one again.
  const refused: number[] = [];
  for (;;) {
    // An address above 2 GiB comes back as a negative number.
    const block = allocate(bytes) >>> 0;
    if (block !== 0 && block + bytes > end) {
      refused.push(block);
      continue;
    }
    for (const each of refused) free(each);
    return block === 0 ? undefined : block;
  }
}

/** A size that is always found where it is free: no sum wraps. */
const pieceBytes = 32 * mebibyte;

/**
 * Makes the heap as large as it can be, in pieces that are free afterwards and one region with what was free before.
 *
 * The allocator asks for all of a block's bytes from new memory, even where the heap ends with a free region that lacks
 * only a few of them.
 */
function stretch(own: Allocator): void {
  const pieces: number[] = [];
  for (;;) {
    const piece = tryBelow(tensorEnd, pieceBytes, own);
    if (piece === undefined) break;
    pieces.push(piece);
  }
  for (const piece of pieces) own.free(piece);
}

/** Has the memory refuse to grow beyond {@link memoryEnd}; the allocator then says that it is full. */
function limitGrowth(memory: WasmMemory): void {
  const grow = memory.grow.bind(memory);
  memory.grow = (pages) => {
    if (memory.buffer.byteLength + pages * pageBytes > memoryEnd) {
      throw new RangeError(`the memory must end below ${memoryEnd}`);
    }
    return grow(pages);
  };
}

function outOfMemory(bytes: number): BackendError {
  const mebibytes = (count: number) => `${Math.ceil(count / mebibyte)} MiB`;
  return new BackendError({
    where: 'wasm backend',
    what: `${mebibytes(bytes)} more`,
    rule: `fit into the heap, which holds at most ${mebibytes(tensorEnd)} of tensors`,
    hint: 'make the batch size smaller, or the network narrower',
  });
}
