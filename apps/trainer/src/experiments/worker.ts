import { runCommandLine } from '../program.js';

// The process of one run: `normlab train` that saves and ends when the process that started it is gone, so that no run
// goes on unseen after `compare` was killed.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// A listener would keep the process alive when its work is done.
process.channel?.unref();

process.exitCode = await runCommandLine(process.argv.slice(2));
