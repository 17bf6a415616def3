import type { WebGPUBackend, WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';

/** A compute shader of our kernels: one invocation per index. */
export type Shader = {
  /** Identifies the pipeline in tfjs's cache: shaders with equal keys must have equal code. */
  readonly key: string;
  /** The storage buffers that the code reads, by their names in the code. */
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly outputShape: readonly number[];
  /**
   * The storage buffers that the code writes besides `result`, by their names in the code: their shapes. With `result`
   * and the inputs they may be 8, WebGPU's default limit.
   */
  readonly outputs?: Readonly<Record<string, readonly number[]>>;
  /** 4 if the buffers are arrays of vec4, 1 if they are arrays of numbers. */
  readonly lanes: 1 | 4;
  /** The same for single inputs, by their names; `lanes` by default. */
  readonly inputLanes?: Readonly<Record<string, 1 | 4>>;
  readonly invocations: number;
  /** Vectors of one to four integers, `uniforms.name` in the code. */
  readonly integers?: Readonly<Record<string, readonly number[]>>;
  /** Numbers, `uniforms.name` in the code. */
  readonly floats?: Readonly<Record<string, number>>;
  /**
   * Declarations of memory that a workgroup shares. With these, the code also runs for an `index` ≥ `invocations`, in
   * which it must write nothing, so that all invocations of a workgroup meet at a barrier.
   */
  readonly shared?: string;
  /**
   * Body of the entry point; it reads `index`, in [0, invocations), and writes `result`. `T` is the type of its
   * elements.
   */
  readonly code: string;
};

/** Invocations per workgroup. */
export const workgroupSize = 64;
const vectors = ['', 'i32', 'vec2<i32>', 'vec3<i32>', 'vec4<i32>'];

/** Runs a shader that writes only `result`. */
export function runShader(backend: WebGPUBackend, shader: Shader): TensorInfo {
  return runShaderWithOutputs(backend, shader)[0];
}

/**
 * Runs a shader through tfjs's program interface, which compiles each key once.
 *
 * A program of tfjs has one output. Further outputs are given to it as inputs, and the code declares a second variable,
 * writable, at the binding of each: WGSL allows this if the entry point uses only one of the two.
 *
 * @returns `result`, then the other outputs in their order
 */
export function runShaderWithOutputs(
  backend: WebGPUBackend,
  shader: Shader,
): [result: TensorInfo, ...others: TensorInfo[]] {
  const { integers = {}, floats = {}, outputs = {}, inputLanes = {}, shared, lanes } = shader;
  const inputNames = Object.keys(shader.inputs);
  const outputNames = Object.keys(outputs);
  const type = lanes === 4 ? 'vec4<f32>' : 'f32';
  const typed = (code: string) => code.replaceAll(/\bT\b/g, type);
  // An empty result is not computed, and tfjs does not read a tensor that was neither computed nor given values.
  const others = Object.values(outputs).map((shape) =>
    backend.makeTensorInfo([...shape], 'float32', shape.includes(0) ? new Float32Array(0) : undefined),
  );
  const numbers = { ...integers, invocations: [shader.invocations] };
  const declarations = [
    ...Object.entries(numbers).map(([name, values]) => `${name} : ${vectors[values.length]}`),
    ...Object.keys(floats).map((name) => `${name} : f32`),
  ];
  const program: WebGPUProgram = {
    shaderKey: `normlab_${shader.key}_${lanes}`,
    variableNames: [...inputNames, ...outputNames.map((name) => `${name}Unread`)],
    variableComponents: [
      ...inputNames.map((name) => inputLanes[name] ?? lanes),
      ...outputNames.map(() => lanes),
    ],
    outputComponent: lanes,
    outputShape: [...shader.outputShape],
    uniforms: declarations.map((each) => `${each}, `).join(''),
    workgroupSize: [workgroupSize, 1, 1],
    dispatch: [Math.ceil(shader.invocations / workgroupSize), 1, 1],
    dispatchLayout: { x: shader.outputShape.map((_, axis) => axis) },
    getUserCode: () => `
      ${outputNames
        .map((name, i) => {
          const binding = 1 + inputNames.length + i;
          return `@group(0) @binding(${binding}) var<storage, read_write> ${name} : array<${type}>;`;
        })
        .join('\n')}
      ${typed(shared ?? '')}
      fn main(index : i32) {
        ${shared === undefined ? 'if (index >= uniforms.invocations) { return; }' : ''}
        ${typed(shader.code)}
      }`,
  };
  const uniforms = [
    ...Object.values(numbers).map((values) => ({ type: 'int32', data: [...values] })),
    ...Object.values(floats).map((value) => ({ type: 'float32', data: [value] })),
  ];
  const dtype: DataType = 'float32';
  const { inputs, release } = bindable(backend, Object.values(shader.inputs));
  const result = backend.runWebGPUProgram(program, [...inputs, ...others], dtype, uniforms);
  release();
  return [result, ...others];
}

/** WebGPU binds no buffer without a byte: an empty input gets one element, which its shape keeps from being read. */
function bindable(backend: WebGPUBackend, inputs: readonly TensorInfo[]) {
  const fillers: TensorInfo[] = [];
  const bound = inputs.map((input) => {
    if (!input.shape.includes(0)) return input;
    const filler = backend.makeTensorInfo([1], input.dtype, new Float32Array(1));
    fillers.push(filler);
    return { ...input, dataId: filler.dataId };
  });
  return {
    inputs: bound,
    release() {
      for (const { dataId } of fillers) backend.disposeData(dataId);
    },
  };
}

/** Lines of code that differ by a number. */
export function repeat(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => line(index)).join('\n');
}
