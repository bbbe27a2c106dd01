import type { Case } from "../harness/case.js";

/** Retries held back by what came of the last ones: Holdfast's beside the ones inside gRPC's and AWS's clients. */

const throttling = "retry throttle: a result, and may I retry";
const sending = "adaptive send rate: a response";

/** One call in sixteen fails, so that the count of tokens moves and stays above half. */
const fails = (i: number): boolean => (i & 15) === 0;

export const heldBackCases: readonly Case[] = [
  {
    group: throttling,
    subject: "holdfast",
    package: "holdfast",
    form: "sync",
    async prepare() {
      const { RetryThrottle } = await import("holdfast/core");
      const throttle = new RetryThrottle({ maxTokens: 100, tokenRatio: 0.1 });
      return {
        run(i) {
          if (fails(i)) return throttle.recordFailure() ? 1 : 0;
          throttle.recordSuccess();
          return throttle.allows ? 1 : 0;
        },
      };
    },
  },
  {
    group: throttling,
    subject: "@grpc/grpc-js RetryThrottler",
    package: "@grpc/grpc-js",
    form: "sync",
    async prepare() {
      const { RetryThrottler } = await import("@grpc/grpc-js/build/src/retrying-call.js");
      const throttler = new RetryThrottler(100, 0.1);
      return {
        run(i) {
          if (fails(i)) throttler.addCallFailed();
          else throttler.addCallSucceeded();
          return throttler.canRetryCall() ? 1 : 0;
        },
      };
    },
  },
  {
    group: sending,
    subject: "holdfast",
    package: "holdfast",
    form: "sync",
    async prepare() {
      const { SendRate } = await import("holdfast/core");
      const rate = new SendRate();
      for (let n = 0; n < 1_000; n++) rate.record(n === 999, performance.now() + n);
      return {
        run() {
          rate.record(false, performance.now());
          return 0;
        },
      };
    },
  },
  {
    group: sending,
    subject: "@smithy/util-retry DefaultRateLimiter",
    package: "@smithy/util-retry",
    form: "sync",
    async prepare() {
      const { DefaultRateLimiter } = await import("@smithy/util-retry");
      const limiter = new DefaultRateLimiter();
      for (let n = 0; n < 1_000; n++) limiter.updateClientSendingRate({});
      limiter.updateClientSendingRate({ errorType: "THROTTLING" });
      return {
        run() {
          limiter.updateClientSendingRate({});
          return 0;
        },
      };
    },
  },
];
