export type { ExportOptions, ImageInput, TrainedNetwork } from './exportNetwork.js';
export { exportGraphModel, type GraphModelArtifacts } from './graphModel/exportGraphModel.js';
export { exportOnnx } from './onnx/exportOnnx.js';
