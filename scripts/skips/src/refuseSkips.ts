import type { Reporter, TestModule, Vitest } from 'vitest/node';
import { type KnownNeeds, mayBeSkipped } from './mayBeSkipped.js';

/** A reporter that fails a run in which a test was skipped that this machine can run, and names these tests. */
export class RefuseSkips implements Reporter {
  #namePattern: RegExp | undefined;

  onInit({ config }: Vitest): void {
    this.#namePattern = config.testNamePattern;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const known: KnownNeeds = new Map();
    const refused = modules.flatMap((module) => this.#refusedIn(module, known));
    if (refused.length === 0) return;
    console.error(
      `\nFAILED: this machine can run these tests, but they were skipped (scripts/skips says which may be):\n${refused.join('\n')}`,
    );
    process.exitCode = 1;
  }

  #refusedIn(module: TestModule, known: KnownNeeds): string[] {
    const file = module.relativeModuleId;
    return [...module.children.allTests('skipped')].flatMap((test) => {
      const name = test.fullName;
      // With `-t`, vitest also skips the tests of other names.
      if (this.#namePattern?.test(name.replaceAll(' > ', ' ')) === false) return [];
      const result = test.result();
      const note = 'note' in result && result.note !== undefined ? ` [${result.note}]` : '';
      return mayBeSkipped({ file, name: `${name}${note}` }, known) ? [] : [`  ${file}: ${name}${note}`];
    });
  }
}
