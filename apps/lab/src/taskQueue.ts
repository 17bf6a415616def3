/** What the page does in its worker, one thing at a time. */
export type Task = 'opening' | 'reading files' | 'training' | 'checking laws';

/** Tasks after which another network is open. */
const opensNetwork: readonly Task[] = ['opening', 'reading files'];

type Listeners = {
  /** Called with each task as it begins, and with `nothing` when none is left. */
  onDoing(doing: Task | 'nothing'): void;
  onError(error: unknown): void;
};

/**
 * Does one task after another.
 *
 * A task that opens a network drops all that wait: networks asked for earlier, and what was to be done with them. A
 * training or a check of laws that runs or waits is not added again.
 *
 * @returns a function that adds a task
 */
export function taskQueue({ onDoing, onError }: Listeners): (task: Task, work: () => Promise<void>) => void {
  let waiting: { readonly task: Task; readonly work: () => Promise<void> }[] = [];
  let running: Task | undefined;

  const run = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      running = next.task;
      onDoing(running);
      await next.work().catch(onError);
    }
    running = undefined;
    onDoing('nothing');
  };

  return (task, work) => {
    if (opensNetwork.includes(task)) waiting = [];
    else if (task === running || waiting.some((each) => each.task === task)) return;
    waiting.push({ task, work });
    if (running === undefined) run();
  };
}
