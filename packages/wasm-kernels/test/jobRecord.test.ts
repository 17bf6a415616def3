import { readFileSync } from 'node:fs';
import * as asc from 'assemblyscript/asc';
import { beforeAll, describe, expect, it } from 'vitest';
import { type JobLayout, jobLayouts } from '#kernels';
import { layoutsInto, typeOfFields } from '../scripts/jobLayouts.js';
import { recordBytes, writeRecord } from '../src/runtime/jobRecord.js';
import { webAssembly } from '../src/runtime/webAssembly.js';

/** A kernel that writes the fields of its job, each of another type, where a test reads them. */
const assembly = `
import { List } from './job';
const enum Colour { red, green, blue }
@unmanaged class Point { x: f32; isLast: bool; }
@unmanaged class Inherited { address: usize; }
@unmanaged class EchoJob extends Inherited {
  first: bool;
  second: bool;
  negative: i32;
  real: f32;
  points: List<Point>;
  colour: Colour;
  more: List<Point>;
}
export function echo(job: EchoJob, task: i32, out: usize): void {
  store<f64>(out, <f64>job.address, 0);
  store<f64>(out, job.first ? 1 : 0, 8);
  store<f64>(out, job.second ? 1 : 0, 16);
  store<f64>(out, job.negative, 24);
  store<f64>(out, job.real, 32);
  store<f64>(out, job.colour == Colour.blue ? 1 : 0, 40);
  store<f64>(out, job.points.length, 48);
  store<f64>(out, job.points.at(1).x, 56);
  store<f64>(out, job.points.at(1).isLast ? 1 : 0, 64);
  store<f64>(out, job.more.at(task).x, 72);
}
`;

const echoed = {
  ...{ address: 0xfffffff0, first: false, second: true, negative: -5, real: 0.5, colour: 'blue' },
  points: [
    { x: 1.5, isLast: false },
    { x: 2.5, isLast: true },
  ],
  more: [
    { x: 3.5, isLast: false },
    { x: 4.5, isLast: false },
  ],
};

describe('the record of a job', () => {
  let layout: JobLayout;
  let echo: (job: number, task: number, out: number) => void;
  const memory = new webAssembly.Memory({ initial: 1 });

  beforeAll(async () => {
    const layouts: Record<string, JobLayout> = {};
    const files: Record<string, string> = {
      'assembly/index.ts': assembly,
      'assembly/job.ts': readFileSync(new URL('../assembly/job.ts', import.meta.url), 'utf8'),
    };
    let binary: Uint8Array<ArrayBuffer> | undefined;
    const { error, stderr } = await asc.main(
      ['assembly/index.ts', '--outFile', 'echo.wasm', '--runtime', 'stub', '--importMemory', '-O3'],
      {
        transforms: [layoutsInto(layouts) as never],
        readFile: (name: string) => files[name] ?? null,
        writeFile: (_: string, contents: string | Uint8Array) => {
          binary = Uint8Array.from(contents as Uint8Array);
        },
        listFiles: () => [],
      },
    );
    expect(error, stderr.toString()).toBeNull();
    layout = layouts.echo!;
    const module = await webAssembly.compile(binary!);
    const { exports } = await webAssembly.instantiate(module, { env: { memory } });
    echo = (exports as { echo: typeof echo }).echo;
  });

  it('reaches the kernel with every field under its name, whatever its type', () => {
    writeRecord(new DataView(memory.buffer), 64, layout, echoed);
    echo(64, 1, 1024);
    expect([...new Float64Array(memory.buffer, 1024, 10)]).toEqual([
      ...[0xfffffff0, 0, 1, -5, 0.5, 1, 2, 2.5, 1, 4.5],
    ]);
  });

  it('takes as many bytes as it says, its lists included', () => {
    const bytes = new Uint8Array(memory.buffer).fill(0xa5);
    const end = 64 + recordBytes(layout, echoed);
    writeRecord(new DataView(memory.buffer), 64, layout, echoed);
    expect(bytes.subarray(end).every((byte) => byte === 0xa5)).toBe(true);
    expect(bytes.subarray(0, 64).every((byte) => byte === 0xa5)).toBe(true);
    // The last point's x, and its flag in the word after.
    expect(new DataView(memory.buffer).getFloat32(end - 8, true)).toBe(4.5);
  });

  it('has in TypeScript the types that it has in AssemblyScript', () => {
    const point = '{ readonly x: number; readonly isLast: boolean }';
    expect(typeOfFields(layout)).toBe(
      '{ readonly address: number; readonly first: boolean; readonly second: boolean; readonly negative: number; ' +
        `readonly real: number; readonly points: readonly ${point}[]; ` +
        `readonly colour: 'red' | 'green' | 'blue'; readonly more: readonly ${point}[] }`,
    );
  });

  it.each([
    ['missing', { real: undefined }],
    ['of another type', { first: 1 }],
    ['not one of its names', { colour: 'mauve' }],
    ['a number for a list', { points: 2 }],
  ])('is refused with a field that is %s', (_, wrong) => {
    const record = { ...echoed, ...wrong } as typeof echoed;
    const [name] = Object.keys(wrong);
    expect(() => writeRecord(new DataView(memory.buffer), 64, layout, record)).toThrow(
      `the job's field ${name} must be`,
    );
  });
});

it('the exports keep to one grammar, and each has a record', () => {
  for (const [name, { fields }] of Object.entries(jobLayouts)) {
    expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(fields.length, name).toBeGreaterThan(1);
  }
});
