import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { shellWord } from '../terminal/shellWord.js';

export const provenanceSchema = z.strictObject({
  /** ISO 8601. */
  started: z.string(),
  /** The command line that started the run, to be pasted into a shell. */
  command: z.string(),
  /** The name or path of its recipe. */
  recipe: z.string().exactOptional(),
  host: z.string(),
  /**
   * The commit of the git repository that normlab lies in, `-dirty` behind it if files of it were changed; absent where
   * there is no repository or no git.
   */
  commit: z.string().exactOptional(),
});

/** When, where and how a run was started. */
export type Provenance = z.infer<typeof provenanceSchema>;

/** The provenance of a run that this process starts now. */
export async function provenanceOf(recipe: string | undefined): Promise<Provenance> {
  const commit = await commitAt(dirname(fileURLToPath(import.meta.url)));
  return {
    started: new Date().toISOString(),
    command: ['normlab', ...process.argv.slice(2)].map(shellWord).join(' '),
    ...(recipe !== undefined && { recipe }),
    host: hostname(),
    ...(commit !== undefined && { commit }),
  };
}

/** The checked-out commit of the repository that a folder lies in. */
export async function commitAt(folder: string): Promise<string | undefined> {
  const args = ['describe', '--always', '--dirty', '--abbrev=40', '--exclude=*'];
  try {
    // Git asks nothing and takes no lock; a repository on a slow disk must not hold a run up.
    const env = { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' };
    const { stdout } = await promisify(execFile)('git', args, { cwd: folder, env, timeout: 5000 });
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}
