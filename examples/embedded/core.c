/*
 * What wasm2c's output wants from its host, without malloc, mmap and setjmp: one memory that is smaller than a page, and a trap.
 * It takes the place of wasm2c's own wasm-rt-impl.c. The core has neither tables nor exceptions, so nothing else is needed.
 */
#include "core.h"
#include "module.h"

_Alignas(8) uint8_t core_memory[CORE_BYTES];

/* One page is what the module asks for; `size` is what there is, and every access is held to it. */
static wasm_rt_memory_t memory = {.data = core_memory, .pages = 1, .max_pages = 1, .size = CORE_BYTES};

static hf_core_t instance;

#ifdef HF_WASM2C_Z
wasm_rt_memory_t *Z_envZ_memory(struct Z_env_instance_t *environment) {
#else
wasm_rt_memory_t *w2c_env_memory(struct w2c_env *environment) {
#endif
  (void)environment;
  return &memory;
}

void wasm_rt_trap(wasm_rt_trap_t reason) {
  core_trapped(reason);
}

#ifdef HF_WASM2C_Z
bool wasm_rt_is_initialized(void) {
  return true;
}

/* Types of functions are asked for by calls through tables alone. */
uint32_t wasm_rt_register_func_type(uint32_t parameters, uint32_t results, ...) {
  (void)parameters;
  (void)results;
  return 0;
}

hf_core_t *core_start(void) {
  Z_holdfast_init_module();
  Z_holdfast_instantiate(&instance, 0);
  return &instance;
}
#else
hf_core_t *core_start(void) {
  wasm2c_holdfast_instantiate(&instance, 0);
  return &instance;
}
#endif
