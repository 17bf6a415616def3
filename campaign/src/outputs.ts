import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What a folder holds, by file: a hash of the content, without what differs from run to run by nature (times, names of
 * machines). Left out are locks, caches, which depend on the times of files, event files for TensorBoard, which each
 * process has of its own, and reports, which are made from the other files and draw times.
 */
export function outputsOf(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  if (!existsSync(folder)) return found;
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  for (const name of names) {
    const file = join(folder, name);
    if (!statSync(file).isFile() || /(^|\/)(events\.out|\.lock|report\.html$|\.normlab-cache)/.test(name))
      continue;
    found[name] = createHash('sha256')
      .update(withoutTimes(name, readFileSync(file)))
      .digest('hex');
  }
  return found;
}

function withoutTimes(name: string, content: Buffer): Buffer | string {
  if (name.endsWith('config.json')) return content.toString().replace(/"started": ?"[^"]+"/, '"started":0');
  if (!/metrics\.jsonl$|results\.json$/.test(name)) return content;
  return content.toString().replaceAll(/"(seconds|secondsPerStep|imagesPerSecond)": ?[\d.e+-]+/g, '"$1":0');
}

/** The differences between two folders' outputs, in words. */
export function differences(
  wanted: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string>>,
): string[] {
  return [...new Set([...Object.keys(wanted), ...Object.keys(found)])].sort().flatMap((name) => {
    if (found[name] === wanted[name]) return [];
    if (found[name] === undefined) return [`${name} is missing`];
    return [wanted[name] === undefined ? `${name} is left over` : `${name} differs`];
  });
}

/** JSON files of a folder that are not JSON. */
export function brokenJson(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      try {
        JSON.parse(readFileSync(join(folder, name), 'utf8'));
        return [];
      } catch {
        return [`${name} is not JSON`];
      }
    });
}
