import {
  BatchMatMul,
  type BatchMatMulAttrs,
  type BatchMatMulInputs,
  broadcast_util,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { type TrainingKernel, trainingKernel } from '../trainingKernel.js';
import { addressOf, type WasmBackend } from '../wasmBackend.js';

const floatBytes = 4;
/** Columns of a panel and rows of a task, as in `assembly/`. */
const panelColumns = 8;
const taskRows = 32;
/** Rows below which packing the right matrix costs more than multiplying by it. */
const fewestRows = 16;
/**
 * The largest right matrix that tfjs's own kernel may copy, in bytes: its C code continues without memory if the copy
 * does not fit.
 */
const mostCopied = 2 ** 26;

/**
 * `BatchMatMul` of float32, each side transposed or not. Over a depth of 0, the product is 0.
 *
 * tfjs's own kernel is fast only if neither is transposed, and is used then if the left matrix has few rows.
 */
export function matMulKernel(runtime: KernelRuntime): TrainingKernel {
  return trainingKernel(BatchMatMul, (inputs: BatchMatMulInputs, attrs: BatchMatMulAttrs, backend) => {
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
    const { transposeA, transposeB } = attrs;
    if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
    const batch = batchOf(a.shape, b.shape);
    const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
    const [rowsB, columnsB] = b.shape.slice(-2) as [number, number];
    const [rows, depth] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
    const [depthB, columns] = transposeB ? [columnsB, rowsB] : [rowsB, columnsB];
    // tfjs's own kernel refuses depths that differ.
    if (depthB !== depth) return undefined;
    const shape = [...batch.shape, rows, columns];
    if (depth === 0 || shape.includes(0)) return zeros(backend, shape);
    const isLeftToTfjs =
      !transposeA && !transposeB && rows < fewestRows && depth * columns * floatBytes <= mostCopied;
    if (isLeftToTfjs || !batch.isInRow) return undefined;
    const c = backend.makeOutput(shape, 'float32');
    const panelBytes = Math.ceil(columns / panelColumns) * panelColumns * depth * floatBytes;
    const panels = runtime.heap.allocate(panelBytes + (transposeA ? rows * depth * floatBytes : 0));
    try {
      for (let i = 0; i < batch.count; i++) {
        const left = addressOf(backend, a) + (batch.ofA > 1 ? i * rows * depth * floatBytes : 0);
        const right = addressOf(backend, b) + (batch.ofB > 1 ? i * depth * columns * floatBytes : 0);
        const source = transposeA ? panels + panelBytes : left;
        if (transposeA) {
          runtime.run({
            kernel: 'transpose',
            job: { a: left, target: source, depth, rows },
            tasks: Math.ceil(rows / taskRows),
          });
        }
        const [rowStep, columnStep] = transposeB ? [1, depth] : [columns, 1];
        runtime.run({
          kernel: 'pack_panels',
          job: {
            rows: depth,
            columns,
            rowStep: rowStep * floatBytes,
            columnStep: columnStep * floatBytes,
            rectangles: [{ source: right, target: panels, panelStep: panelColumns * depth * floatBytes }],
          },
          tasks: 1,
        });
        runtime.run({
          kernel: 'matmul',
          job: {
            a: source,
            bPanels: panels,
            c: addressOf(backend, c) + i * rows * columns * floatBytes,
            rows,
            depth,
            columns,
          },
          tasks: Math.ceil(rows / taskRows),
        });
      }
    } finally {
      runtime.heap.free(panels);
    }
    return c;
  });
}

/** The leading axes of the product; `isInRow` if both sides have the same, or one side has a single matrix. */
function batchOf(shapeA: number[], shapeB: number[]) {
  const [outerA, outerB] = [shapeA.slice(0, -2), shapeB.slice(0, -2)];
  const [ofA, ofB] = [util.sizeFromShape(outerA), util.sizeFromShape(outerB)];
  const isInRow = util.arraysEqual(outerA, outerB) || ofA === 1 || ofB === 1;
  const shape = broadcast_util.assertAndGetBroadcastShape(outerA, outerB);
  return { shape, count: util.sizeFromShape(shape), ofA, ofB, isInRow };
}

/** tfjs's own kernel writes a matrix where the product has none, and leaves sums over a depth of 0 unwritten. */
function zeros(backend: WasmBackend, shape: number[]): TensorInfo {
  const result = backend.makeOutput(shape, 'float32');
  backend.typedArrayFromHeap(result).fill(0);
  return result;
}
