/** Images in a batch of evaluation: what fits the memory of small machines, whatever `--batch` is. */
export const evaluationSize = 250;
