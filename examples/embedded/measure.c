/*
 * One image a case: what a structure costs in flash beside an image that calls nothing (CASE_nothing), in bytes of state and
 * stack, and how many instructions a call takes. qemu runs with `-icount shift=0`: an instruction takes one nanosecond, and
 * SysTick counts at 12.5 MHz.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core.h"

enum { CALLS = 10000, INSTRUCTIONS_PER_TICK = 80, AT = 8 };

_Noreturn void core_trapped(int reason) {
  exit(reason);
}

#if defined CASE_nothing
#define NAME "nothing"
static uint32_t start(hf_core_t *core) {
  (void)core;
  return 0;
}
static uint32_t call(hf_core_t *core, uint32_t i) {
  (void)core;
  return i;
}

#elif defined CASE_gcra || defined CASE_gcra_refused
#ifdef CASE_gcra
#define NAME "gcraTryAcquire, admitted"
#define STEP HF_MS(100)
#else
#define NAME "gcraTryAcquire, refused"
#define STEP 0
#endif
static uint32_t start(hf_core_t *core) {
  hf_gcra_init(core, AT, 10, HF_MS(1000), 10, 10);
  return HF_GCRA_BYTES;
}
static uint32_t call(hf_core_t *core, uint32_t i) {
  return (uint32_t)hf_gcra_try_acquire(core, AT, 1, i * STEP);
}

#elif defined CASE_breaker
#define NAME "breakerTryAcquire + breakerSettle"
static uint32_t start(hf_core_t *core) {
  hf_breaker_init(core, AT, HF_BREAKER_KIND_COUNT, 32, 0, HF_MILLION / 2, 0, 0, 10, 1, 1, HF_MS(1000), HF_MS(1000),
                  HF_MS(1000), HF_PARTS_ONE, 0, 1);
  return hf_breaker_size(core, HF_BREAKER_KIND_COUNT, 32);
}
static uint32_t call(hf_core_t *core, uint32_t i) {
  const hf_ticks_t now = (hf_ticks_t)i << 16;
  const int32_t permit = hf_breaker_try_acquire(core, AT, now);
  return (uint32_t)hf_breaker_settle(core, AT, permit, i % 4 == 0, HF_UNKNOWN, now);
}

#elif defined CASE_backoff
#define NAME "backoffNext, attempts 1 to 8, full jitter"
static uint32_t start(hf_core_t *core) {
  hf_backoff_init(core, AT, HF_BACKOFF_KIND_EXPONENTIAL, HF_BACKOFF_JITTER_FULL, HF_MS(100), HF_MS(10000),
                  2 * HF_PARTS_ONE, 1);
  return HF_BACKOFF_BYTES;
}
static uint32_t call(hf_core_t *core, uint32_t i) {
  return (uint32_t)hf_backoff_next(core, AT, 1 + i % 8, 0);
}

#elif defined CASE_budget
#define NAME "budgetDeposit + budgetTryWithdraw"
static uint32_t start(hf_core_t *core) {
  hf_budget_init(core, AT, 1000, 5000, 50000, HF_MS(10000));
  return HF_BUDGET_BYTES;
}
static uint32_t call(hf_core_t *core, uint32_t i) {
  const hf_ticks_t now = (hf_ticks_t)i << 16;
  hf_budget_deposit(core, AT, now);
  return hf_budget_try_withdraw(core, AT, now);
}

#elif defined CASE_histogram
#define NAME "histogramRecord, up to 1 s at 1/8"
static uint32_t start(hf_core_t *core) {
  hf_histogram_init(core, AT, 3, HF_MS(1000));
  return hf_histogram_size(core, 3, HF_MS(1000));
}
static uint32_t call(hf_core_t *core, uint32_t i) {
  hf_histogram_record(core, AT, (hf_ticks_t)((i * 2654435761u) >> 3));
  return 0;
}

#elif defined CASE_jump && defined hf_jump_hash
#define NAME "jumpHash, 16 buckets"
static uint32_t start(hf_core_t *core) {
  (void)core;
  return 0;
}
static uint32_t call(hf_core_t *core, uint32_t i) {
  return hf_jump_hash(core, i * 2654435761u, i, 16);
}
#endif

#ifdef NAME
static volatile uint32_t *const systick = (volatile uint32_t *)0xe000e010;

extern uint32_t stack_end;
enum { PAINTED_BYTES = 4096, PAINT = 0xa5 };

/* Results go here, so that the compiler keeps the calls. */
static volatile uint32_t sink;

/** Paints the stack from `from` up to `to`, which its own frame must be above. */
static __attribute__((noinline)) void paint_stack(volatile uint8_t *from, volatile uint8_t *to) {
  while (from < to) *from++ = PAINT;
}

/** Bytes from the lowest that was written to since, up to `top`. */
static uint32_t stack_used(volatile uint8_t *from, volatile uint8_t *top) {
  while (*from == PAINT && from < top) from++;
  return (uint32_t)(top - from);
}

static __attribute__((noinline)) void run(hf_core_t *core) {
  for (uint32_t i = 0; i < CALLS; i++) sink = call(core, i);
}

int main(void) {
  hf_core_t *core = core_start();
  const uint32_t state_bytes = start(core);
  /* This frame and that of paint_stack are not counted. */
  volatile uint8_t *const top = (uint8_t *)__builtin_frame_address(0) - 32;
  volatile uint8_t *const bottom = (uint8_t *)&stack_end - PAINTED_BYTES;
  paint_stack(bottom, top);
  /* Reload value, current value, then on with the processor's clock. */
  systick[1] = 0xffffff;
  systick[2] = 0;
  systick[0] = 5;
  const uint32_t before = systick[2];
  run(core);
  const uint32_t ticks = (before - systick[2]) & 0xffffff;
  const uint32_t instructions = (uint32_t)((uint64_t)ticks * INSTRUCTIONS_PER_TICK / CALLS);
  printf("%s|%lu|%lu|%lu\n", NAME, (unsigned long)state_bytes, (unsigned long)stack_used(bottom, top),
         (unsigned long)instructions);
  return 0;
}
#else
/* The module lacks the function. */
int main(void) {
  return 0;
}
#endif
