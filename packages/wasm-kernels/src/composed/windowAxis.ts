import type { backend_util } from '@tensorflow/tfjs-core';

/** The windows of a convolution or a pooling along one axis. */
export type WindowAxis = {
  readonly count: number;
  readonly stride: number;
  /** Pixels of a window from its first to its last one, with the gaps of a dilation. */
  readonly side: number;
  /** Pixels of the image. */
  readonly length: number;
  /** Padding before and after the image; negative padding crops. */
  readonly before: number;
  readonly after: number;
};

type Sizes = backend_util.Conv2DInfo | backend_util.Conv3DInfo;

export function rowAxis(sizes: Sizes): WindowAxis {
  return {
    count: sizes.outHeight,
    stride: sizes.strideHeight,
    side: sizes.effectiveFilterHeight,
    length: sizes.inHeight,
    before: sizes.padInfo.top,
    after: sizes.padInfo.bottom,
  };
}

export function layerAxis(sizes: backend_util.Conv3DInfo): WindowAxis {
  return {
    count: sizes.outDepth,
    stride: sizes.strideDepth,
    side: sizes.effectiveFilterDepth,
    length: sizes.inDepth,
    before: sizes.padInfo.front,
    after: sizes.padInfo.back,
  };
}

export function columnAxis(sizes: Sizes): WindowAxis {
  return {
    count: sizes.outWidth,
    stride: sizes.strideWidth,
    side: sizes.effectiveFilterWidth,
    length: sizes.inWidth,
    before: sizes.padInfo.left,
    after: sizes.padInfo.right,
  };
}

/** Pixels of the padded image after those that the windows read; negative where the windows read beyond it. */
export function unreadPixels({ count, stride, side, length, before, after }: WindowAxis): number {
  return length + before + after - ((count - 1) * stride + side);
}

/** Padding that the windows read after the image; negative where they leave pixels out. */
export function marginAfter(axis: WindowAxis): number {
  return axis.after - unreadPixels(axis);
}

/** How many windows lie wholly in the padding before the image, and how many in that after it. */
export function blankWindows({ count, stride, side, length, before }: WindowAxis): [number, number] {
  if (length === 0) return [count, 0];
  const within = (windows: number) => Math.min(count, Math.max(0, windows));
  return [
    within(Math.floor((before - side) / stride) + 1),
    within(count - Math.ceil((before + length) / stride)),
  ];
}

/** Whether every window lies wholly in the padding, which can only be if the padding is given in numbers. */
export function readsNothing(sizes: backend_util.Conv2DInfo): boolean {
  if (sizes.padInfo.type === 'SAME' || sizes.padInfo.type === 'VALID') return false;
  return [rowAxis(sizes), columnAxis(sizes)].some((axis) => {
    const [first, last] = blankWindows(axis);
    return first + last === axis.count;
  });
}

/** The same axis without its first and last windows, as many as given. */
export function withoutWindows(axis: WindowAxis, [first, last]: readonly [number, number]): WindowAxis {
  return { ...axis, count: axis.count - first - last, before: axis.before - first * axis.stride };
}
