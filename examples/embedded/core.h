/* The core, translated by wasm2c, in static memory below one WebAssembly page. */
#ifndef CORE_H
#define CORE_H

#include "holdfast.h"

/** Bytes of the core's memory: what the structures take, and the 8 bytes before them that keep address 0 free. */
#ifndef CORE_BYTES
#define CORE_BYTES 1024
#endif

/** The core's memory; an hf_address_t counts from its start. */
extern uint8_t core_memory[CORE_BYTES];

/** Starts the core; call it once, before any other function of it. */
hf_core_t *core_start(void);

/** Called by the core where it would leave its memory or divide by zero; must not return. A board resets here. */
_Noreturn void core_trapped(int reason);

#endif
