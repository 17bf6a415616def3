/** Trainable parameters of the ResNets with a 10-way head, from the paper's Table 4. */
const table4: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'resnet-29': { none: 4_222_666, bn: 4_238_922, 'cbn-lconv-bn': 4_224_714 },
  'resnet-101': { none: 39_638_730, bn: 39_736_394, 'cbn-lconv-bn': 39_642_826 },
};

/** The count that Table 4 prints for a network at full width; null if it has no such row. */
export function paperCount(model: string, norm: string, classes: number): number | null {
  return classes === 10 ? (table4[model]?.[norm] ?? null) : null;
}
