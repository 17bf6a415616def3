import type { Flags } from '../settings/readOptions.js';
import { readRecipe, recipeNames } from '../settings/readRecipe.js';
import { exitStatus } from '../terminal/failure.js';
import { table } from '../terminal/table.js';
import { openTerminal } from '../terminal/terminal.js';

/** `normlab recipes`: lists the names that `normlab train --recipe` accepts. @returns the exit status */
export async function recipes(flags: Flags): Promise<number> {
  const { json, result, columns } = openTerminal(flags);
  const all = await Promise.all(
    (await recipeNames()).map(async (name) => ({ name, ...(await readRecipe(name)) })),
  );
  if (json) result(JSON.stringify(all, null, 2));
  else
    result(
      table(
        ['recipe', 'what'],
        all.map(({ name, about }) => [name, about?.title ?? '']),
        columns(),
      ),
    );
  return exitStatus.done;
}
