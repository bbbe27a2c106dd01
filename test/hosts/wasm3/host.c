/* The host of modules that wasm3 interprets. */
#include <stdio.h>
#include <stdlib.h>

#include "host.h"
#include "m3_env.h"
#include "module_bytes.h"

enum { BLOCK = 8, STACK_BYTES = 16384, ARGUMENTS = 32 };

static IM3Runtime runtime;

static void expect_ok(M3Result result) {
  if (result == m3Err_none) return;
  printf("wasm3: %s\n", result);
  exit(1);
}

uint32_t host_start(uint32_t block_bytes) {
  IM3Environment environment = m3_NewEnvironment();
  IM3Module module;
  runtime = m3_NewRuntime(environment, STACK_BYTES, NULL);
  expect_ok(m3_ParseModule(environment, &module, module_bytes, module_bytes_length));
  // The module imports its memory, so the runtime must have one before it loads the module.
  runtime->memoryLimit = BLOCK + block_bytes;
  runtime->memory.maxPages = 1;
  expect_ok(ResizeMemory(runtime, 1));
  expect_ok(m3_LoadModule(runtime, module));
  return BLOCK;
}

uint8_t *host_block(void) {
  return m3_GetMemory(runtime, NULL, 0) + BLOCK;
}

const void *host_find(const char *name) {
  IM3Function function;
  const M3Result result = m3_FindFunction(&function, runtime, name);
  if (result == m3Err_functionLookupFailed) return NULL;
  expect_ok(result);
  return function;
}

int64_t host_call(const void *function, uint32_t count, char result, const int64_t *arguments) {
  const IM3Function called = (IM3Function)function;
  const void *pointers[ARGUMENTS];
  // Machines with the lowest byte first read a 32-bit argument from the same place.
  for (uint32_t i = 0; i < count; i++) pointers[i] = arguments + i;
  expect_ok(m3_Call(called, count, pointers));
  if (result == 'v') return 0;
  int64_t word = 0;
  const void *to[] = {&word};
  expect_ok(m3_GetResults(called, 1, to));
  return m3_GetRetType(called, 0) == c_m3Type_i32 ? (int32_t)word : word;
}
