import { arch, cpus, loadavg, platform, totalmem } from 'node:os';

/** Facts about the machine and its load, for people: one per line. */
export function describeMachine(date: Date): string[] {
  return [
    `date: ${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    `machine: ${oneLineMachine()}`,
    `Node ${process.versions.node}, V8 ${process.versions.v8}`,
    `load before the run (1, 5, 15 minutes): ${loadavg()
      .map((each) => each.toFixed(1))
      .join(', ')}`,
  ];
}

/** `2 cores, AMD EPYC, 24 GiB, linux x64` */
export function oneLineMachine(): string {
  const cores = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cores.length} cores, ${cores[0]?.model.trim()}, ${memory}, ${platform()} ${arch()}`;
}
