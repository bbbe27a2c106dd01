/*
 * What the C that wasm2c makes of the core needs from its surroundings, in the names of wabt's runtime. The memory is a part of a
 * mapped file: it never grows, and every access is checked against its size, because what stands in a file is not to be trusted.
 */
#ifndef HOLDFAST_WASM_RT_H
#define HOLDFAST_WASM_RT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifndef __has_builtin
#define __has_builtin(name) 0
#endif

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define W2C_COLD_FUNC __attribute__((cold, noinline))
#define WABT_BIG_ENDIAN (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
#if WABT_BIG_ENDIAN
#error "the core's memory is little-endian, and so must be the machine"
#endif

#define WASM_RT_USE_SEGUE 0
#define WASM_RT_SANITY_CHECKS 0
#define WASM_RT_MEMCHECK_GUARD_PAGES 0
/* The core calls itself nowhere, so its depth is known. */
#define WASM_RT_STACK_DEPTH_COUNT 0
#define WASM_RT_C11_AVAILABLE 1

#define wasm_rt_memcpy memcpy

typedef enum {
  WASM_RT_TRAP_NONE,
  WASM_RT_TRAP_OOB,
  WASM_RT_TRAP_INT_OVERFLOW,
  WASM_RT_TRAP_DIV_BY_ZERO,
  WASM_RT_TRAP_INVALID_CONVERSION,
  WASM_RT_TRAP_UNREACHABLE,
  WASM_RT_TRAP_CALL_INDIRECT,
  WASM_RT_TRAP_UNCAUGHT_EXCEPTION,
  WASM_RT_TRAP_UNALIGNED,
  WASM_RT_TRAP_EXHAUSTION
} wasm_rt_trap_t;

typedef enum { WASM_RT_I32, WASM_RT_I64, WASM_RT_F32, WASM_RT_F64 } wasm_rt_type_t;

/* Ends the call that is running; host.c says where it goes on. */
_Noreturn void wasm_rt_trap(wasm_rt_trap_t);
bool wasm_rt_is_initialized(void);

/* The same whether shared or not: other processes change it anyway. */
typedef struct {
  uint8_t *data;
  uint64_t size;
} wasm_rt_memory_t;
typedef wasm_rt_memory_t wasm_rt_shared_memory_t;

/* Tables and references, which the core has none of; the names stand in code that is never compiled into anything. */
typedef const char *wasm_rt_func_type_t;
typedef void (*wasm_rt_function_ptr_t)(void);
typedef struct {
  wasm_rt_function_ptr_t fn;
} wasm_rt_tailcallee_t;
typedef struct {
  wasm_rt_func_type_t func_type;
  wasm_rt_function_ptr_t func;
  wasm_rt_tailcallee_t func_tailcallee;
  void *module_instance;
} wasm_rt_funcref_t;
typedef void *wasm_rt_externref_t;
typedef struct {
  wasm_rt_funcref_t *data;
  uint32_t size;
} wasm_rt_funcref_table_t;
typedef struct {
  wasm_rt_externref_t *data;
  uint32_t size;
} wasm_rt_externref_table_t;
static const wasm_rt_funcref_t wasm_rt_funcref_null_value __attribute__((unused)) = {0};
static const wasm_rt_externref_t wasm_rt_externref_null_value __attribute__((unused)) = 0;

#endif
