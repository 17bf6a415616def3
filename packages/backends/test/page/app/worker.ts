import { perform, type Request } from './tasks.js';

const scope = globalThis as unknown as {
  onmessage: (event: { readonly data: Request }) => void;
  postMessage(reply: object): void;
};

scope.onmessage = async ({ data }) => {
  try {
    scope.postMessage({ answer: await perform(data) });
  } catch (error) {
    scope.postMessage({ failure: String(error instanceof Error ? (error.stack ?? error) : error) });
  }
};
