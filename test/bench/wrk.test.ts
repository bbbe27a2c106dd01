import { expect, test } from "vitest";
import { parseWrk } from "../../bench/gateway/load.js";

const output = `Running 5s test @ http://127.0.0.1:8080/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     2.42ms    1.32ms  24.33ms   92.81%
    Req/Sec    13.72k     1.43k   16.48k    74.00%
  Latency Distribution
     50%    2.11ms
     75%  950.00us
     90%    3.45ms
     99%    1.20s
  68311 requests in 5.00s, 26.97MB read
  Socket errors: connect 0, read 2, write 0, timeout 1
  Non-2xx or 3xx responses: 7
Requests/sec:  13655.11
Transfer/sec:      5.39MB
`;

test("reads wrk's figures in milliseconds and counts everything that went wrong", () => {
  expect(parseWrk(output)).toEqual({ requestsPerSecond: 13_655.11, p50Ms: 2.11, p99Ms: 1_200, errors: 10 });
});

test("refuses output without figures", () => {
  expect(() => parseWrk("unable to connect")).toThrow("wrk printed no figures");
});
