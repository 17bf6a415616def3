import { afterEach, expect, it, vi } from 'vitest';
import { type Interruption, onInterruption } from '../../src/terminal/interruption.js';

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let interruption: Interruption;

/** An interruption at a time that `at` sets; `send` calls its handler of a signal, and no other program's. */
function interrupted() {
  const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
  const tell = vi.fn();
  const others = names.map((name) => process.listeners(name));
  let time = 0;
  interruption = onInterruption(tell, () => time);
  const send = (name: (typeof names)[number], at: number) => {
    time = at;
    const [handler] = process.listeners(name).filter((each) => !others[names.indexOf(name)]!.includes(each));
    (handler as () => void)();
  };
  return { exit, tell, send };
}

afterEach(() => {
  interruption.release();
  vi.restoreAllMocks();
});

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s: the command is asked to stop, and its status is %i', (name, status) => {
  const { exit, tell, send } = interrupted();
  expect(interruption.signal.aborted).toBe(false);
  send(name, 0);
  expect(interruption.signal.aborted).toBe(true);
  expect(tell).toHaveBeenCalledOnce();
  expect(interruption.status()).toBe(status);
  expect(exit).not.toHaveBeenCalled();
});

it('a second Ctrl-C ends the process, but not the first one sent again by the program around it', () => {
  const { exit, tell, send } = interrupted();
  send('SIGINT', 5000);
  send('SIGINT', 5003);
  send('SIGINT', 6000);
  expect(exit).not.toHaveBeenCalled();
  send('SIGINT', 6001);
  expect(exit).toHaveBeenCalledExactlyOnceWith(130);
  expect(tell).toHaveBeenCalledOnce();
});

it('SIGTERM and SIGHUP ask once, however often they come; Ctrl-C ends the process after them too', () => {
  const { exit, send } = interrupted();
  send('SIGTERM', 0);
  for (const at of [1, 5000, 50_000]) {
    send('SIGTERM', at);
    send('SIGHUP', at);
  }
  expect(exit).not.toHaveBeenCalled();
  expect(interruption.status()).toBe(143);
  send('SIGINT', 50_001);
  expect(exit).toHaveBeenCalledExactlyOnceWith(130);
});

it('Node has its handling of signals back after the release', () => {
  const before = names.map((name) => process.listenerCount(name));
  interrupted();
  expect(names.map((name) => process.listenerCount(name))).toEqual(before.map((count) => count + 1));
  interruption.release();
  expect(names.map((name) => process.listenerCount(name))).toEqual(before);
});
