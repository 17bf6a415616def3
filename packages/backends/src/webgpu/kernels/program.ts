import type { WebGPUBackend, WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';

/** A compute shader of our kernels: one invocation per index, no shared memory, no barriers. */
export type Shader = {
  /** Identifies the pipeline in tfjs's cache: shaders with equal keys must have equal code. */
  readonly key: string;
  /** The storage buffers that the code reads, by their names in the code. */
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly outputShape: readonly number[];
  /** 4 if the buffers are arrays of vec4, 1 if they are arrays of numbers. */
  readonly lanes: 1 | 4;
  readonly invocations: number;
  /** Vectors of one to four integers, `uniforms.name` in the code. */
  readonly integers?: Readonly<Record<string, readonly number[]>>;
  /** Numbers, `uniforms.name` in the code. */
  readonly floats?: Readonly<Record<string, number>>;
  /** Body of the entry point; it reads `index`, in [0, invocations), and writes `result`. */
  readonly code: string;
};

const workgroupSize = 64;
const vectors = ['', 'i32', 'vec2<i32>', 'vec3<i32>', 'vec4<i32>'];

/** Runs a shader through tfjs's program interface, which compiles each key once. */
export function runShader(backend: WebGPUBackend, shader: Shader): TensorInfo {
  const { integers = {}, floats = {}, lanes } = shader;
  const numbers = { ...integers, invocations: [shader.invocations] };
  const declarations = [
    ...Object.entries(numbers).map(([name, values]) => `${name} : ${vectors[values.length]}`),
    ...Object.keys(floats).map((name) => `${name} : f32`),
  ];
  const program: WebGPUProgram = {
    shaderKey: `normlab_${shader.key}_${lanes}`,
    variableNames: Object.keys(shader.inputs),
    variableComponents: Object.keys(shader.inputs).map(() => lanes),
    outputComponent: lanes,
    outputShape: [...shader.outputShape],
    uniforms: declarations.map((each) => `${each}, `).join(''),
    workgroupSize: [workgroupSize, 1, 1],
    dispatch: [Math.ceil(shader.invocations / workgroupSize), 1, 1],
    dispatchLayout: { x: shader.outputShape.map((_, axis) => axis) },
    getUserCode: () => `
      fn main(index : i32) {
        if (index >= uniforms.invocations) { return; }
        ${shader.code}
      }`,
  };
  const uniforms = [
    ...Object.values(numbers).map((values) => ({ type: 'int32', data: [...values] })),
    ...Object.values(floats).map((value) => ({ type: 'float32', data: [value] })),
  ];
  const dtype: DataType = 'float32';
  return backend.runWebGPUProgram(program, Object.values(shader.inputs), dtype, uniforms);
}

/** Lines of code that differ by a number. */
export function repeat(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => line(index)).join('\n');
}
