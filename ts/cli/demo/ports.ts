/** Ports that are free on the loopback address. */

import { type AddressInfo, createServer } from "node:net";

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(undefined);
      else reject(error);
    });
    server.listen(port, "127.0.0.1", () => {
      const taken = (server.address() as AddressInfo).port;
      server.close(() => resolve(taken));
    });
  });
}

/** `preferred` where it is free, else another one, never one of `used`. */
export async function freePort(preferred: number, used: readonly number[] = []): Promise<number> {
  if (preferred !== 0 && !used.includes(preferred)) {
    const port = await tryPort(preferred);
    if (port !== undefined) return port;
  }
  for (;;) {
    const port = await tryPort(0);
    if (port !== undefined && !used.includes(port)) return port;
  }
}
