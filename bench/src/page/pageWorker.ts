import { answerInPage, type PageRequest } from './answerInPage.js';

const answer = answerInPage();
const scope = globalThis as unknown as {
  onmessage: (event: { readonly data: PageRequest }) => void;
  postMessage(reply: object): void;
};
scope.onmessage = async ({ data }) => {
  scope.postMessage(await answer(data).catch((error) => ({ error: String(error) })));
};
