import { relative, sep } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { slowTests } from './slowTests.js';

/**
 * Starts the files of `slowTests.ts` first, then the others in vitest's own order: those that failed last time, then
 * those that took longest. In a fresh clone vitest knows no times and starts the largest files first.
 */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root } = this.ctx.config;
    const rankOf = ({ moduleId }: TestSpecification) => {
      const index = slowTests.indexOf(relative(root, moduleId).replaceAll(sep, '/'));
      return index === -1 ? slowTests.length : index;
    };
    return (await super.sort(files)).sort((a, b) => rankOf(a) - rankOf(b));
  }
}
