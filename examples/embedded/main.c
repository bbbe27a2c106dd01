/*
 * A sensor that reports over a radio: at most 10 reports a second, none while the radio is down, and growing pauses between
 * tries. Time is simulated here; a board passes the reading of any timer that goes forward.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core.h"

static uint32_t used = 8;

/** The next free place in the core's memory. */
static hf_address_t place(uint32_t bytes) {
  const hf_address_t at = used;
  used += (bytes + 7) & ~7u;
  if (bytes == 0 || used > CORE_BYTES) {
    printf("no room for %lu bytes\n", (unsigned long)bytes);
    exit(1);
  }
  return at;
}

_Noreturn void core_trapped(int reason) {
  printf("trap %d\n", reason);
  exit(2);
}

static void expect_ok(hf_status_t status, const char *what) {
  if (status == HF_STATUS_OK) return;
  printf("%s: numbers out of range\n", what);
  exit(1);
}

static void limit_reports(hf_core_t *core) {
  const hf_address_t bucket = place(HF_GCRA_BYTES);
  expect_ok(hf_gcra_init(core, bucket, 10, HF_MS(1000), 10, 10), "bucket");
  unsigned sent = 0;
  for (int32_t ms = 0; ms < 1000; ms++) sent += hf_gcra_try_acquire(core, bucket, 1, HF_MS(ms)) == 0;
  const hf_wait_t wait = hf_gcra_peek(core, bucket, 1, HF_MS(925));
  printf("bucket: sent %u of 1000, at 925 ms the next after %ld ms\n", sent, (long)(wait / HF_MS(1)));
}

static void guard_radio(hf_core_t *core) {
  const uint32_t failures = 3;
  const hf_address_t breaker = place(hf_breaker_size(core, HF_BREAKER_KIND_CONSECUTIVE, failures));
  expect_ok(hf_breaker_init(core, breaker, HF_BREAKER_KIND_CONSECUTIVE, failures, 0, 0, 0, 0, 1, 1, 1, HF_MS(10000),
                            HF_MS(5000), HF_MS(60000), 2 * HF_PARTS_ONE, 0, 1),
            "breaker");
  const hf_address_t backoff = place(HF_BACKOFF_BYTES);
  expect_ok(hf_backoff_init(core, backoff, HF_BACKOFF_KIND_EXPONENTIAL, HF_BACKOFF_JITTER_NONE, HF_MS(100), HF_MS(10000),
                            2 * HF_PARTS_ONE, 1),
            "backoff");
  hf_ticks_t now = 0;
  for (uint32_t attempt = 1;; attempt++) {
    const int32_t permit = hf_breaker_try_acquire(core, breaker, now);
    if (permit == HF_BREAKER_PERMIT_REFUSED) break;
    hf_breaker_settle(core, breaker, permit, HF_BREAKER_OUTCOME_FAILURE, HF_UNKNOWN, now);
    const hf_ticks_t pause = hf_backoff_next(core, backoff, attempt, 0);
    printf("radio: try %lu failed, pause %ld ms\n", (unsigned long)attempt, (long)(pause / HF_MS(1)));
    now += pause;
  }
  const hf_wait_t wait = hf_breaker_retry_after(core, breaker, now);
  printf("radio: down, asked again after %ld ms\n", (long)(wait / HF_MS(1)));
  const int32_t probe = hf_breaker_try_acquire(core, breaker, now + wait);
  hf_breaker_settle(core, breaker, probe, HF_BREAKER_OUTCOME_SUCCESS, HF_UNKNOWN, now + wait);
  printf("radio: up again: %s\n", hf_breaker_state(core, breaker, now + wait) == HF_BREAKER_STATE_CLOSED ? "yes" : "no");
}

int main(void) {
  hf_core_t *core = core_start();
  limit_reports(core);
  guard_radio(core);
  printf("memory: %lu bytes\n", (unsigned long)used);
  return 0;
}
