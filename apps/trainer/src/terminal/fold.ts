import stringWidth from 'string-width';

/**
 * The lines of a text that is at most so many columns wide, broken after spaces, hyphens and slashes where possible.
 *
 * @example
 * ```ts
 * fold('all-cnn-bn-seed1', 10); // ['all-cnn-', 'bn-seed1']
 * ```
 */
export function fold(text: string, columns: number): string[] {
  const lines = [''];
  for (const piece of text.split(/(?<=[-/ ])/)) {
    const parts = stringWidth(piece.trimEnd()) <= columns ? [piece] : [...piece];
    for (const part of parts) {
      const longer = lines.at(-1)! + part;
      if (stringWidth(longer.trimEnd()) <= columns) lines[lines.length - 1] = longer;
      else lines.push(part);
    }
  }
  return lines.map((line) => line.trimEnd());
}
