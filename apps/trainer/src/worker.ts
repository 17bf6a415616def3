import { runCommandLine } from './program.js';

// The process of one run: `normlab train`, which saves and ends when its parent process ends, so that no run continues
// unnoticed after `compare` was killed.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// Without unref, the listener would keep the process alive after its work is done.
process.channel?.unref();

process.exitCode = await runCommandLine(process.argv.slice(2));
