import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson } from '@normlab/files';
import { temporaryFolder } from '@normlab/testing';
import { describe, expect, it } from 'vitest';

const where = 'here';

async function fileOf(content: string | Uint8Array): Promise<string> {
  const file = join(await temporaryFolder(), 'a.json');
  await writeFile(file, content);
  return file;
}

describe('readJson', () => {
  it.each([
    ['without', ''],
    ['with', '\uFEFF'],
  ])('reads JSON %s a byte order mark', async (_, mark) => {
    expect(await readJson(await fileOf(`${mark}{ "a": "ü" }`), { where })).toEqual({ a: 'ü' });
  });

  it.each([
    ['text', 'dear diary', /^here: .*a\.json must hold JSON, got "Unexpected token/],
    ['nothing', '', /must hold JSON/],
    [
      'UTF-16, as some shells write it',
      Buffer.from('\uFEFF{}', 'utf16le'),
      /must be text in UTF-8, got "UTF-16" \(save it as UTF-8\)\.$/,
    ],
    ['other bytes', Uint8Array.of(0x22, 0xfc, 0x22), /must be text in UTF-8, got "bytes that are not UTF-8"/],
  ])('refuses %s', async (_, content, message) => {
    await expect(readJson(await fileOf(content), { where })).rejects.toThrow(message);
  });

  it('names the file, by its path or by the given name, if it cannot be read', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'b.json'));
    await expect(readJson(join(folder, 'none.json'), { where })).rejects.toThrow(
      /none\.json must be a file that can/,
    );
    await expect(readJson(join(folder, 'b.json'), { where, what: '--spec b.json' })).rejects.toThrow(
      /^here: --spec b\.json must be a plain file, got "a folder"\.$/,
    );
  });
});
