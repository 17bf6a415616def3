import { BackendError } from '@normlab/errors';
import type { WasmModule } from '../wasmBackend.js';
import { lineBytes, roundToLine } from './heap.js';
import { type JobRow, type PendingJobs, pendingJobs } from './pendingJobs.js';
import { spareMemory } from './spareMemory.js';
import type { WasmMemory } from './webAssembly.js';

const mebibyte = 2 ** 20;

/**
 * The largest end of the memory.
 *
 * tfjs's allocator (emscripten's emmalloc) accepts a free region if `start + bytes ≤ end`, in 32 bits: a sum above 4
 * GiB wraps, and a region of any size is accepted. Allocations of tfjs's C code do not pass through this guard. With no
 * region beyond this address, sums wrap from 128 MiB on: C code allocates the packed weights of one layer, or a few
 * words per pixel of an image.
 */
const memoryEnd = 2 ** 32 - 128 * mebibyte;

/**
 * The largest end of a tensor: the rest is for tfjs's C code, which skips its computation and continues if it gets no
 * memory. The rest is 160 MiB, and 96 more because emscripten grows the memory by up to 96 MiB more than it needs, and
 * treats a refusal as a full heap.
 */
const tensorEnd = memoryEnd - 256 * mebibyte;

/** The limit on tensors in the heap: a step whose tensors need more ends with an error. */
export type TensorHeap = {
  /** The largest total size of all tensors in memory at one instant, in bytes. */
  readonly bytes: number;
  /** Tensors of at least this size count; smaller ones may be beyond the limit. */
  readonly countedFrom: number;
};

/** Smaller blocks may be in the part for C code: together they are too small to fill it. */
const smallBytes = mebibyte;

/** The limits of this guard: 3712 MiB, for tensors of at least 1 MiB. */
export const tensorHeap: TensorHeap = { bytes: tensorEnd, countedFrom: smallBytes };

const pageBytes = 2 ** 16;

/** Marks modules whose allocator is already guarded, for every copy of this package. */
const guardedKey = Symbol.for('@normlab/wasm-kernels/guarded');

/**
 * Makes tfjs's allocator begin every block at a multiple of 64 bytes, and throw a BackendError if the heap is full.
 *
 * Without this guard, blocks begin at 8 mod 16, so that vectors straddle cache lines; tensors that do not fit get
 * address 0, all of them; byte counts are taken modulo 4 GiB; and near the end of the memory blocks are shorter than
 * requested (see {@link memoryEnd}). Such a block is a whole free region, so that nothing is damaged as long as nobody
 * writes to it: it is freed again.
 *
 * Memory that is freed while jobs may still use it is given back to tfjs's allocator after they are done: it writes its
 * lists into free memory.
 *
 * Before the error, what is kept only for speed is freed ({@link spareMemory}). After it the heap is usable.
 *
 * The guard stays as long as the module lives, because blocks must be freed in the way they were allocated.
 */
export function guardAllocator(module: WasmModule, memory: WasmMemory): void {
  if (guardedKey in module) return;
  Object.defineProperty(module, guardedKey, { value: true });
  limitGrowth(memory);
  // At their first calls, emscripten's functions replace themselves by the compiled functions: make that happen first.
  module._free(module._malloc(1));
  const own: Allocator = { allocate: module._malloc, free: module._free };
  /** The blocks of the module's allocator, by the addresses that we returned. */
  const blocks = new Map<number, Block>();
  const later = freeLater(pendingJobs(module), own);
  const allocateFromSpare = (end: number, needed: number) => {
    for (const free of spareMemory(module)) free();
    later.freeAll();
    return allocateBelow(end, needed, own);
  };
  module._malloc = (bytes) => {
    // Whole cache lines, because after a request for 4 bytes mod 8 emmalloc never again merges new memory with the old.
    const needed = roundToLine(bytes) + lineBytes;
    const end = bytes < smallBytes ? memoryEnd : tensorEnd;
    // Before a large block, the heap should not grow for want of what waits.
    if (bytes < pieceBytes) later.freeUnused();
    else later.freeAll();
    const block = allocateBelow(end, needed, own) ?? allocateFromSpare(end, needed);
    if (block === undefined) throw outOfMemory(bytes);
    const address = roundToLine(block);
    blocks.set(address, { start: block, bytes: needed });
    return address;
  };
  module._free = (address) => {
    const aligned = address >>> 0;
    later.free(blocks.get(aligned) ?? { start: address, bytes: 0 });
    blocks.delete(aligned);
  };
}

type Block = { readonly start: number; readonly bytes: number };

/** The most memory that waits for jobs, in bytes: beyond it, the caller waits. */
const mostHeldBytes = 4 * mebibyte;

/** Frees blocks as soon as the jobs that were added before are done. */
function freeLater(
  jobs: PendingJobs,
  own: Allocator,
): { free(block: Block): void; freeUnused(): void; freeAll(): void } {
  /** Blocks that wait until `count` jobs of their row are done, in this order. */
  const held: { readonly block: Block; readonly row: JobRow; readonly count: number }[] = [];
  let heldBytes = 0;
  const freeUnused = () => {
    while (held.length > 0 && held[0]!.row.done() >= held[0]!.count) {
      const { block } = held.shift()!;
      heldBytes -= block.bytes;
      own.free(block.start);
    }
  };
  return {
    freeUnused,
    freeAll() {
      jobs.settle();
      freeUnused();
    },
    free(block) {
      freeUnused();
      const { row } = jobs;
      const count = row?.added() ?? 0;
      if (row === undefined || row.done() === count) {
        own.free(block.start);
        return;
      }
      held.push({ block, row, count });
      heldBytes += block.bytes;
      while (heldBytes > mostHeldBytes) {
        held[0]!.row.waitFor(held[0]!.count);
        freeUnused();
      }
    },
  };
}

/** The module's own functions. */
type Allocator = {
  allocate(bytes: number): number;
  free(address: number): void;
};

/** A block that ends at or before an address; undefined if the heap has no such block. */
function allocateBelow(end: number, bytes: number, own: Allocator): number | undefined {
  if (bytes > end) return undefined;
  const block = tryBelow(end, bytes, own);
  if (block !== undefined || bytes < pieceBytes) return block;
  stretch(own);
  return tryBelow(end, bytes, own);
}

function tryBelow(end: number, bytes: number, { allocate, free }: Allocator): number | undefined {
  // Held until another block is found; otherwise the allocator would return the same block again.
  const refused: number[] = [];
  for (;;) {
    // An address above 2 GiB is returned as a negative number.
    const block = allocate(bytes) >>> 0;
    if (block !== 0 && block + bytes > end) {
      refused.push(block);
      continue;
    }
    for (const each of refused) free(each);
    return block === 0 ? undefined : block;
  }
}

/** A size for which the allocator's test of free regions never wraps. */
const pieceBytes = 32 * mebibyte;

/**
 * Grows the heap to its largest size, in pieces that are freed afterwards and merge with the free region before them.
 *
 * The allocator requests all of a block's bytes as new memory, even if the heap ends with a free region that is only
 * slightly too small.
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

/** Makes the memory refuse to grow beyond {@link memoryEnd}; the allocator then reports a full heap. */
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
