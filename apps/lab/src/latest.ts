/**
 * Tells the newest of several requests from older ones, whose answers may come later.
 *
 * @returns a function that begins a request; what it returns says whether no other request has begun since then
 */
export function latest(): () => () => boolean {
  let newest = 0;
  return () => {
    const request = ++newest;
    return () => request === newest;
  };
}
