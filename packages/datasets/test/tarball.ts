import { gzipSync } from 'node:zlib';

/** An entry of a tar archive, valid or not. */
export type TarEntry = {
  readonly path: string;
  readonly content?: string;
  /** '0' file, '1' hard link, '2' symbolic link, '5' folder. */
  readonly type?: '0' | '1' | '2' | '5';
  readonly target?: string;
  /** Seven octal digits; 0000644 by default. */
  readonly mode?: string;
};

/** A .tar.gz built by hand, without the checks of a tar program. */
export function tarball(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, content = '', type = '0', target = '', mode = '0000644' }) => {
    const header = Buffer.alloc(512);
    header.write(path, 0);
    header.write(`${mode}\0`, 100);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('00000000000\0', 136);
    header.write('        ', 148);
    header.write(type, 156);
    header.write(target, 157);
    header.write('ustar\0', 257);
    header.write('00', 263);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
    body.write(content);
    return [header, body];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]), { level: 0 });
}
