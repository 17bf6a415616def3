import { perform, type Request } from './tasks.js';

// What a test asks of Bun and Deno comes as the last argument, and goes back as the last line.
const argument: string = process.argv.at(-1)!;
const answers: object[] = [];
for (const request of JSON.parse(argument) as Request[]) answers.push(await perform(request));
console.log(JSON.stringify(answers));
process.exit(0);
