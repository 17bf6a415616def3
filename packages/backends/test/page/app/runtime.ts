import { perform, type Request } from './tasks.js';

// The test passes its requests to Bun and Deno as the last argument, and reads the answers from the last line.
const argument: string = process.argv.at(-1)!;
const answers: object[] = [];
for (const request of JSON.parse(argument) as Request[]) answers.push(await perform(request));
console.log(JSON.stringify(answers));
process.exit(0);
