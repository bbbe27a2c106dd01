/**
 * The peers are installed in bench/peers by `npm run bench` alone, so their types are not there when the tree is checked. Each is
 * used in a few lines of one case; declaring those calls again here would only repeat them.
 */
declare module "@datadog/sketches-js";
declare module "@fastify/http-proxy";
declare module "@grpc/grpc-js/build/src/retrying-call.js";
declare module "@smithy/util-retry";
declare module "@opentelemetry/sdk-trace-base";
declare module "benchmark";
declare module "bottleneck";
declare module "fastify";
declare module "fastq";
declare module "hash-wasm";
declare module "hashring";
declare module "hdr-histogram-js";
declare module "mitata";
declare module "murmurhash";
declare module "opossum";
declare module "p-limit";
declare module "p-retry";
declare module "rate-limiter-flexible";
declare module "xxhash-wasm";
declare module "ringbuf.js";
declare module "tdigest";
