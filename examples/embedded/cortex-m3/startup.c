/* From reset to main(): copies .data, clears .bss. Output and exit go to the debugger or emulator by semihosting (librdimon). */
#include <stdint.h>
#include <stdlib.h>

extern uint32_t data_source, data_start, data_end, bss_start, bss_end, stack_end;
extern void initialise_monitor_handles(void);
extern int main(void);

void reset(void) {
  const uint32_t *from = &data_source;
  for (uint32_t *to = &data_start; to < &data_end;) *to++ = *from++;
  for (uint32_t *to = &bss_start; to < &bss_end;) *to++ = 0;
  initialise_monitor_handles();
  exit(main());
}

static void fault(void) {
  for (;;) {
  }
}

struct vectors {
  uint32_t *stack;
  void (*handlers[15])(void);
};

__attribute__((section(".vectors"), used)) static const struct vectors vectors = {
    &stack_end, {reset, fault, fault, fault, fault, fault}};

/* newlib's exit() runs what these would hold; nothing is in them. */
void _init(void) {}
void _fini(void) {}
