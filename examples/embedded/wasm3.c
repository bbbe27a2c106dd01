/*
 * The same bucket as in main.c, interpreted by wasm3: no translation, and the module can be replaced in the field. The module
 * imports its memory; wasm3 gives it one that is smaller than a page.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "holdfast.h"
#include "m3_env.h"
#include "module_bytes.h"

enum { MEMORY_BYTES = 1024, STACK_BYTES = 2048 };

static void expect_ok(M3Result result) {
  if (result == m3Err_none) return;
  printf("wasm3: %s\n", result);
  exit(1);
}

static IM3Function find(IM3Runtime runtime, const char *name) {
  IM3Function function;
  expect_ok(m3_FindFunction(&function, runtime, name));
  return function;
}

int main(void) {
  IM3Environment environment = m3_NewEnvironment();
  IM3Runtime runtime = m3_NewRuntime(environment, STACK_BYTES, NULL);
  IM3Module module;
  expect_ok(m3_ParseModule(environment, &module, module_bytes, module_bytes_length));
  /* The module imports its memory, so the runtime must have one before it loads the module. */
  runtime->memoryLimit = MEMORY_BYTES;
  runtime->memory.maxPages = 1;
  expect_ok(ResizeMemory(runtime, 1));
  expect_ok(m3_LoadModule(runtime, module));

  const hf_address_t bucket = 8;
  const int64_t limit = 10, period = HF_MS(1000);
  IM3Function init = find(runtime, "gcraInit");
  IM3Function try_acquire = find(runtime, "gcraTryAcquire");
  IM3Function peek = find(runtime, "gcraPeek");
  int32_t status;
  expect_ok(m3_CallV(init, bucket, limit, period, limit, limit));
  expect_ok(m3_GetResultsV(init, &status));
  if (status != HF_STATUS_OK) return 1;

  const int64_t weight = 1;
  int64_t wait;
  unsigned sent = 0;
  for (int32_t ms = 0; ms < 1000; ms++) {
    expect_ok(m3_CallV(try_acquire, bucket, weight, HF_MS(ms)));
    expect_ok(m3_GetResultsV(try_acquire, &wait));
    sent += wait == 0;
  }
  expect_ok(m3_CallV(peek, bucket, weight, HF_MS(925)));
  expect_ok(m3_GetResultsV(peek, &wait));
  printf("bucket: sent %u of 1000, at 925 ms the next after %ld ms\n", sent, (long)(wait / HF_MS(1)));
  m3_FreeRuntime(runtime);
  m3_FreeEnvironment(environment);
  return 0;
}
