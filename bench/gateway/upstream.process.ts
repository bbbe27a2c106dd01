/** The server behind the proxies where there is no nginx: one small answer for everything. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { answer } from "./answer.js";

const server = createServer((request, response) => {
  request.resume();
  response.writeHead(200, { "content-type": "text/plain", "content-length": answer.length }).end(answer);
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
