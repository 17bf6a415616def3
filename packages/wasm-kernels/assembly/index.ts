/**
 * Every export is a kernel, `operation[_fwd | _bwd[_input | _filter | _slope]][_step]`: what is computed, which pass, the
 * gradient with respect to what, and which step of several. An operation without a pass serves both. See job.ts for how a
 * kernel gets its arguments.
 */
export { prelu_bwd_input, prelu_bwd_slope, tanh_fwd } from './activations';
export {
  batch_norm_bwd_apply,
  batch_norm_bwd_finish,
  batch_norm_bwd_sample,
  batch_norm_bwd_sums,
  batch_norm_fwd_apply,
  batch_norm_fwd_finish,
} from './batchNorm';
export { conv_fwd, conv_fwd as conv_bwd_input } from './conv';
export { conv_bwd_filter, conv_bwd_filter_finish } from './convBwdFilter';
export { copy_box } from './copyBox';
export { count_correct, cross_entropy_fwd } from './crossEntropy';
export { depthwise_bwd_filter, depthwise_bwd_filter_finish } from './depthwiseBwdFilter';
export { depthwise_bwd_input } from './depthwiseBwdInput';
export { adamw, binary, relu_bwd, relu_fwd, sgd_momentum } from './elementwise';
export { matmul, transpose } from './matmul';
export { pack_panels } from './packPanels';
export { avg_pool_bwd, max_pool_bwd } from './pools';
export { standardize_apply } from './standardize';
export {
  moments_finish,
  pair_sums,
  pair_sums_sample,
  standardize_bwd_finish,
  sums_finish,
  total,
  total_finish,
} from './sums';
export { winograd_filter, winograd_fwd, winograd_fwd as winograd_bwd_input } from './winograd';
export {
  winograd_bwd_filter_finish,
  winograd_bwd_filter_panels,
  winograd_bwd_filter_products,
} from './winogradBwdFilter';
