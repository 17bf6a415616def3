import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBackend } from '@normlab/backends';
import { NormlabError, printable } from '@normlab/errors';
import { deriveSeed, randomStream } from '@normlab/random';
import { memory } from '@tensorflow/tfjs-core';
import type { Campaign, Trial } from './campaign.js';
import { binarySubjects } from './fuzz/binaryFiles.js';
import { checkpointSubjects } from './fuzz/checkpoints.js';
import { commandLineSubject } from './fuzz/commandLines.js';
import type { Subject } from './fuzz/subject.js';
import { textSubjects } from './fuzz/textFiles.js';

/** Inputs of one trial. */
const inputs = 20;

/** A screen of 80 × 24 characters holds more. */
const longestMessage = 1730;

/** What takes longer than this, on a machine of any load, has lost its way. */
const mostMilliseconds = 30_000;

/**
 * Gives damaged inputs to all that reads what comes from outside. Each must be accepted, or refused by an error of
 * normlab of one line that is shorter than a screen; no tensor may stay.
 */
export const fuzz: Campaign = {
  about:
    'damaged checkpoints, JSON, data sets, images, archives and command lines: accepted, or refused in words',
  short: 60,
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'normlab-fuzz-'));
    const backend = await openBackend('cpu');
    const subjects: Subject[] = [
      ...(await checkpointSubjects(folder)),
      ...(await textSubjects(folder)),
      ...(await binarySubjects(folder)),
      await commandLineSubject(folder),
    ];
    return {
      trial: (index) => tryInputs(subjects[index % subjects.length]!, index, folder),
      close: async () => {
        await backend.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
};

async function tryInputs(subject: Subject, trial: number, folder: string): Promise<Trial> {
  const outcomes = { accepted: 0, refused: 0 };
  const faults: string[] = [];
  for (let input = 0; input < inputs; input++) {
    const before = memory().numTensors;
    const began = performance.now();
    try {
      outcomes[await subject.read(randomStream(deriveSeed(1, 'fuzz', trial, input)))]++;
    } catch (error) {
      outcomes.refused++;
      faults.push(...complaintsOf(error).map((each) => `input ${input}: ${each}`));
    }
    if (performance.now() - began > mostMilliseconds) faults.push(`input ${input}: takes too long`);
    const left = memory().numTensors - before;
    if (left !== 0) faults.push(`input ${input}: leaves ${left} tensors`);
  }
  return {
    counts: { [subject.name]: inputs, ...outcomes },
    faults: faults.map((fault) => `${subject.name}, ${fault.replaceAll(folder, '')}`.slice(0, 600)),
  };
}

/** What is wrong with an error, as a message for a user. */
function complaintsOf(error: unknown): string[] {
  if (!(error instanceof NormlabError)) {
    return [
      `throws ${error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 4).join(' | ') : String(error)}`,
    ];
  }
  const { message } = error;
  return [
    ...(message === printable(message) ? [] : [`has control characters: ${JSON.stringify(message)}`]),
    ...(message.length <= longestMessage ? [] : [`is ${message.length} characters long`]),
    ...(/^.+: .+ must .+\.$/.test(message) ? [] : [`is not of our form: ${message}`]),
  ];
}
