/** Images per evaluation batch: fits the memory of small machines, whatever `--batch` is. */
export const evaluationSize = 250;
