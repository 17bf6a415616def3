/** A step of PyTorch's SGD with momentum, of one number, in float64: w' and v'. */
export function sgdStep(
  [w, g, v]: readonly [w: number, g: number, v: number],
  {
    learningRate,
    momentum,
    weightDecay,
    nesterov,
  }: {
    readonly learningRate: number;
    readonly momentum: number;
    readonly weightDecay: number;
    readonly nesterov: boolean;
  },
): [w: number, v: number] {
  const descent = g + weightDecay * w;
  const velocity = momentum * v + descent;
  return [w - learningRate * (nesterov ? descent + momentum * velocity : velocity), velocity];
}
