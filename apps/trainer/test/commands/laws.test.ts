import { describe, expect, it } from 'vitest';
import { normlab, temporaryFolder } from './spawnNormlab.js';

const folder = temporaryFolder();

describe('normlab laws', () => {
  it('reports each law as JSON', async () => {
    const args = ['laws', '--runs', '2', '--only', '3,9', '--backend', 'cpu', '--json'];
    const { status, stdout } = await normlab(args, folder);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      seed: 1,
      runs: 2,
      backends: [
        {
          name: 'cpu',
          laws: [
            { id: '3', holds: true },
            { id: '9', holds: true },
          ],
        },
      ],
    });
  });

  it.each([
    [['--backend', 'cpu,webgp'], 'did you mean "webgpu"?'],
    [['--runs', '0'], '--runs must be an integer ≥ 1'],
    [['--only', '99'], 'hold ids of laws, got "99"'],
  ])('%j is bad usage', async (args, message) => {
    const { status, stderr } = await normlab(['laws', ...args], folder);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });
});
