/** @fastify/http-proxy as its manual has it, with as many upstream connections as the others. `fastify.process.mjs UPSTREAM` */
import httpProxy from "@fastify/http-proxy";
import fastify from "fastify";
import { upstreamConnections } from "./answer.js";

const app = fastify();
app.register(httpProxy, { upstream: process.argv[2], undici: { connections: upstreamConnections } });
console.log(await app.listen({ port: 0, host: "127.0.0.1" }));
