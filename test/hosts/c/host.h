/* What runs a conformance program: the functions of a core module and a block of its memory. */
#ifndef HOST_H
#define HOST_H

#include <stdint.h>

/** Starts the module; gives the address of a block of so many bytes, 8-byte aligned. */
uint32_t host_start(uint32_t block_bytes);

/** The block's bytes, where they are now. */
uint8_t *host_block(void);

/** A function of the module by its name; NULL where the module has none. */
const void *host_find(const char *name);

/** Calls one with numbers of the C face; `result` is its kind, a result of 32 bits comes sign-extended. */
int64_t host_call(const void *function, uint32_t count, char result, const int64_t *arguments);

#endif
