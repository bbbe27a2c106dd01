/*
 * The core over a piece of memory, callable by number: what src/core.rs sees of the C side. Each exported function has a row in
 * `hf_functions` (made by scripts/build/native.mjs), in the order of `hf_call`'s numbers.
 */
#ifndef HOLDFAST_HOST_H
#define HOLDFAST_HOST_H

#include <stdint.h>

/* An argument or result: the 32 bits of an integer, or a double. */
typedef union {
  uint32_t i;
  double d;
} hf_value;

/* `types` has one letter for each parameter and then the result: i, d, or v for none. */
typedef struct {
  const char *name;
  const char *types;
} hf_function;

extern const hf_function hf_functions[];
extern const uint32_t hf_function_count;

typedef struct hf_core hf_core;

/* A core over `bytes` bytes at `data`, which stay the caller's; NULL without memory for it. */
hf_core *hf_core_new(uint8_t *data, uint64_t bytes);
void hf_core_free(hf_core *);

/* Calls a function. Returns 0, or the trap that ended it: 1 a place outside of the memory, 8 one that is not aligned. */
uint32_t hf_call(hf_core *, uint32_t function, const hf_value *arguments, hf_value *result);

/* src/wait.rs: sleeping until the word is another, and waking who sleeps. `nanoseconds` below 0 is for ever. */
uint32_t hf_wait(const uint32_t *word, uint32_t expected, int64_t nanoseconds);
void hf_notify(const uint32_t *word);

#endif
