/* What the core imports, and how a trap gets back to the caller. */

#include "host.h"

#include <setjmp.h>
#include <stdlib.h>

#include "core.h"
#include "dispatch.h"

/* wasm2c's name for the module that the core imports from. */
struct w2c_env {
  wasm_rt_memory_t memory;
};

struct hf_core {
  w2c_holdfast instance;
  struct w2c_env env;
};

/* Where the running call of this thread goes on after a trap. The core's frames hold nothing that must be released. */
static _Thread_local jmp_buf *trapped;

_Noreturn void wasm_rt_trap(wasm_rt_trap_t trap) { longjmp(*trapped, (int)trap); }

bool wasm_rt_is_initialized(void) { return true; }

wasm_rt_shared_memory_t *w2c_env_memory(struct w2c_env *env) { return &env->memory; }

/* The place of a 32-bit word, checked as any other access is. */
static const uint32_t *word_at(struct w2c_env *env, uint32_t at) {
  if (at % 4 != 0) wasm_rt_trap(WASM_RT_TRAP_UNALIGNED);
  if ((uint64_t)at + 4 > env->memory.size) wasm_rt_trap(WASM_RT_TRAP_OOB);
  return (const uint32_t *)(env->memory.data + at);
}

u32 w2c_env_wait(struct w2c_env *env, u32 at, u32 expected, u64 nanoseconds) {
  return hf_wait(word_at(env, at), expected, (int64_t)nanoseconds);
}

void w2c_env_notify(struct w2c_env *env, u32 at) { hf_notify(word_at(env, at)); }

hf_core *hf_core_new(uint8_t *data, uint64_t bytes) {
  hf_core *core = calloc(1, sizeof *core);
  if (core == NULL) return NULL;
  core->env.memory = (wasm_rt_memory_t){data, bytes};
  wasm2c_holdfast_instantiate(&core->instance, &core->env);
  return core;
}

void hf_core_free(hf_core *core) {
  wasm2c_holdfast_free(&core->instance);
  free(core);
}

uint32_t hf_call(hf_core *core, uint32_t function, const hf_value *arguments, hf_value *result) {
  jmp_buf here;
  int trap = _setjmp(here);
  if (trap != 0) return (uint32_t)trap;
  trapped = &here;
  dispatch(&core->instance, function, arguments, result);
  return 0;
}
