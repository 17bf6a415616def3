import { exponential, logarithm } from './exponential';
import { bytes, count } from './words';

/**
 * Mean cross-entropy of softmax with class numbers, and its slope (softmax(z)ₖ − [k = y])/N, in float64.
 *
 * Words: 0 logits [N, K], 1 class numbers [N], 2 loss, 3 slope [N, K], 4 N, 5 K. One task.
 */
export function crossEntropy(words: usize, task: i32, scratch: usize): void {
  const images = count(words, 4);
  const rowBytes = bytes(words, 5) << 2;
  const toSlope = bytes(words, 3) - bytes(words, 0);
  let row = bytes(words, 0);
  let total: f64 = 0;
  for (let image = 0; image < images; image++) {
    const end = row + rowBytes;
    let largest = <f64>load<f32>(row);
    for (let at = row + 4; at < end; at += 4) largest = max<f64>(largest, load<f32>(at));
    let sum: f64 = 0;
    for (let at = row; at < end; at += 4) sum += exponential(<f64>load<f32>(at) - largest);
    total += logarithm(sum);
    // A class that there is none of takes no part.
    const truth = load<i32>(bytes(words, 1) + (<usize>image << 2));
    const trueAt = <u32>truth < <u32>(rowBytes >> 2) ? row + (<usize>truth << 2) : 0;
    if (trueAt != 0) total -= <f64>load<f32>(trueAt) - largest;
    for (let at = row; at < end; at += 4) {
      const share = exponential(<f64>load<f32>(at) - largest) / sum;
      store<f32>(at + toSlope, <f32>((at == trueAt ? share - 1 : share) / images));
    }
    row = end;
  }
  store<f32>(bytes(words, 2), <f32>(total / images));
}
