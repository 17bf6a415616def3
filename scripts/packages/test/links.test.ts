import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './support/publicPackages.js';

// Changelogs and changesets are written by a tool.
const documents = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter((document) => !/(^|\/)(CHANGELOG\.md$|\.changeset\/)/.test(document));

it('has documents to check', () => {
  expect(documents).toContain('README.md');
  expect(documents).toContain('docs/guides/README.md');
});

it.each(documents)('%s links only to files and headings that exist', (document) => {
  const text = withoutBlocks(readFileSync(join(root, document), 'utf8')).replace(/`[^`\n]*`/g, '');
  const dead = [...text.matchAll(/\]\(([^)\s]*)\)/g)]
    .map(([, link]) => link!)
    .filter((link) => !/^\w+:/.test(link) && !resolves(document, link));
  expect(dead).toEqual([]);
});

function resolves(document: string, link: string): boolean {
  const [path, heading] = link.split('#');
  const target = path === '' ? join(root, document) : join(root, dirname(document), path!);
  if (!existsSync(target)) return false;
  return heading === undefined || anchorsOf(readFileSync(target, 'utf8')).includes(heading);
}

/** The anchors that GitHub gives to headings: a repeated one gets a number. */
function anchorsOf(text: string): string[] {
  const uses = new Map<string, number>();
  return [...withoutBlocks(text).matchAll(/^#+ +(.*)$/gm)].map(([, heading]) => {
    const anchor = heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}_\- ]/gu, '')
      .replace(/ /g, '-');
    const use = uses.get(anchor) ?? 0;
    uses.set(anchor, use + 1);
    return use === 0 ? anchor : `${anchor}-${use}`;
  });
}

function withoutBlocks(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '');
}
