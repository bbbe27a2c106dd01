/**
 * Another process, with the built package as users have it. Its argument is the file; each message names a task and what it needs,
 * and is answered once it is done. A message `{ ready: true }` says that the file is open.
 */

import { MpmcRing, SharedBreakerMachine, SharedSemaphore, TokenBucket } from "holdfast/core";
import { processRuntime } from "holdfast/native";

const host = processRuntime({ file: process.argv[2], sweepMs: 20 });
const classes = { MpmcRing, SharedBreakerMachine, SharedSemaphore, TokenBucket };
const open = ({ name, kind, options }) => host.structure(name, classes[kind], options);

const tasks = {
  /** Asks `rounds` times for a permit at the same instant; how often it got one. */
  admitted({ rounds, atMs, ...which }) {
    const limiter = open(which);
    let count = 0;
    for (let n = 0; n < rounds; n++) if (limiter.tryAcquire(1, atMs) === 0) count++;
    return count;
  },
  /** Asks a breaker `rounds` times at the same instant and settles nothing; how many calls it let pass. */
  probes({ rounds, atMs, ...which }) {
    const breaker = open(which);
    let count = 0;
    for (let n = 0; n < rounds; n++) if (breaker.tryAcquire(atMs) >= 0) count++;
    return count;
  },
  /** Has `rounds` calls pass and fail; how many passed. */
  failures({ rounds, atMs, ...which }) {
    const breaker = open(which);
    let count = 0;
    for (let n = 0; n < rounds; n++) {
      const permit = breaker.tryAcquire(atMs);
      if (permit < 0) continue;
      breaker.settle(permit, 1, 1, atMs);
      count++;
    }
    return count;
  },
  /** Takes permits and keeps them. */
  hold({ permits, ...which }) {
    const semaphore = open(which);
    let count = 0;
    while (count < permits && semaphore.tryAcquire()) count++;
    return count;
  },
  /** Waits for a permit, without the event loop or with it. */
  async acquire({ sync, ...which }) {
    const semaphore = open(which);
    return sync ? semaphore.acquireSync({ timeoutMs: 20_000 }) : semaphore.acquire({ timeoutMs: 20_000 });
  },
  /** Acquires and releases, sends and takes, until it is killed. */
  churn({ semaphore, ring }) {
    const [permits, messages] = [open(semaphore), open(ring)];
    process.send({ churning: true });
    for (;;) {
      if (permits.tryAcquire()) permits.release();
      const slot = messages.reserve();
      if (slot !== -1) messages.commit(slot);
      const taken = messages.take();
      if (taken !== -1) messages.release(taken);
    }
  },
  /** Attaches by a handle that came as a message. */
  attached: ({ kind, handle, atMs }) => classes[kind].attach(handle).tryAcquire(1, atMs),
  owner: () => ({ process: process.pid, owner: host.owner }),
};

process.on("message", async ({ task, ...needs }) => {
  try {
    process.send({ answer: await tasks[task](needs) });
  } catch (error) {
    process.send({ failure: { code: error.code, message: error.message } });
  }
});
process.send({ ready: true });
