/* The host of modules that wasm2c translated: examples/embedded/core.c holds the module, dispatch.h (made) its functions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "host.h"

/* Address 0 means "none" to the core. */
enum { BLOCK = 8 };

static hf_core_t *core;

typedef int64_t (*call_t)(const int64_t *);

struct named_call {
  const char *name;
  call_t call;
};

#include "dispatch.h"

_Noreturn void core_trapped(int reason) {
  printf("trap %d\n", reason);
  exit(1);
}

uint32_t host_start(uint32_t block_bytes) {
  if (BLOCK + block_bytes > CORE_BYTES) {
    printf("the program needs %lu bytes of memory; CORE_BYTES is less\n", (unsigned long)(BLOCK + block_bytes));
    exit(1);
  }
  core = core_start();
  return BLOCK;
}

uint8_t *host_block(void) {
  return core_memory + BLOCK;
}

const void *host_find(const char *name) {
  for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++)
    if (strcmp(calls[i].name, name) == 0) return calls + i;
  return NULL;
}

int64_t host_call(const void *function, uint32_t count, char result, const int64_t *arguments) {
  (void)count, (void)result;
  return ((const struct named_call *)function)->call(arguments);
}
