/** Responses that nobody will read. One that is left alone holds its connection until the garbage collector finds it. */

/** A body that is announced to be no longer than this is read to its end, so that the connection can be used again. */
const worthReadingBytes = 65_536;

/** Lets go of a response: a short body is read and dropped, any other is cancelled, which closes its connection. */
export function discard(response: Response): void {
  if (response.body === null || response.bodyUsed) return;
  const length = response.headers.get("content-length");
  const short = length !== null && Number(length) <= worthReadingBytes;
  const gone = short ? response.arrayBuffer() : response.body.cancel();
  gone.then(undefined, () => {});
}
