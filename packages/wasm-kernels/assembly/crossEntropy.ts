import { exponential, logarithm } from './exponential';

@unmanaged
class CrossEntropyFwdJob {
  /** [N, K] */
  logits: usize;
  /** Class numbers, [N]. */
  labels: usize;
  loss: usize;
  /** [N, K] */
  slope: usize;
  images: i32;
  classes: i32;
}

/** Mean cross-entropy of softmax with class numbers, and its slope (softmax(z)ₖ − [k = y])/N, in float64. One task. */
export function cross_entropy_fwd(job: CrossEntropyFwdJob, task: i32, scratch: usize): void {
  const images = job.images;
  const rowBytes = <usize>job.classes << 2;
  const toSlope = job.slope - job.logits;
  let row = job.logits;
  let total: f64 = 0;
  for (let image = 0; image < images; image++) {
    const end = row + rowBytes;
    let largest = <f64>load<f32>(row);
    for (let at = row + 4; at < end; at += 4) largest = max<f64>(largest, load<f32>(at));
    let sum: f64 = 0;
    for (let at = row; at < end; at += 4) sum += exponential(<f64>load<f32>(at) - largest);
    total += logarithm(sum);
    // A label outside [0, K) counts as no class.
    const truth = load<i32>(job.labels + (<usize>image << 2));
    const trueAt = <u32>truth < <u32>(rowBytes >> 2) ? row + (<usize>truth << 2) : 0;
    if (trueAt != 0) total -= <f64>load<f32>(trueAt) - largest;
    for (let at = row; at < end; at += 4) {
      const share = exponential(<f64>load<f32>(at) - largest) / sum;
      store<f32>(at + toSlope, <f32>((at == trueAt ? share - 1 : share) / images));
    }
    row = end;
  }
  store<f32>(job.loss, <f32>(total / images));
}

@unmanaged
class CountCorrectJob {
  /** [N, K] */
  logits: usize;
  /** Class numbers, [N]. */
  labels: usize;
  /** A float. */
  count: usize;
  images: i32;
  classes: i32;
}

/** The number of rows whose largest entry, the first of equal ones, is that of the row's label. One task. */
export function count_correct(job: CountCorrectJob, task: i32, scratch: usize): void {
  const classes = job.classes;
  let row = job.logits;
  let count = 0;
  for (let image = 0; image < job.images; image++) {
    let largest = load<f32>(row);
    let chosen = 0;
    for (let k = 1; k < classes; k++) {
      const logit = load<f32>(row + (<usize>k << 2));
      if (logit > largest) {
        largest = logit;
        chosen = k;
      }
    }
    if (chosen == load<i32>(job.labels + (<usize>image << 2))) count++;
    row += <usize>classes << 2;
  }
  store<f32>(job.count, <f32>count);
}
