/*
 * Runs a conformance program (ts/core/self-test/README.md has its format) and prints what came out as one line of JSON. The
 * program's bytes come from program.h, which scripts/lib/c-hosts.mjs makes; whoever runs them is behind host.h.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "program.h"

enum { NAME_BYTES = 64, ARGUMENTS = 32 };

struct reader {
  const uint8_t *at, *end;
};

struct text {
  const char *at;
  uint32_t length;
};

struct function {
  const void *handle;
  const char *kinds;
  uint8_t count;
  char result;
};

struct structure {
  struct text name;
  bool common;
  struct reader steps;
};

static struct function functions[PROGRAM_FUNCTIONS];
static uint32_t base;

static _Noreturn void fail(const char *why) {
  printf("no conformance program that this host can run: %s\n", why);
  exit(1);
}

static uint8_t byte(struct reader *r) {
  if (r->at == r->end) fail("it ends early");
  return *r->at++;
}

static const uint8_t *take(struct reader *r, uint32_t length) {
  if ((uint32_t)(r->end - r->at) < length) fail("it ends early");
  r->at += length;
  return r->at - length;
}

static uint32_t number(struct reader *r) {
  uint32_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const uint8_t next = byte(r);
    value |= (uint32_t)(next & 127) << shift;
    if (next < 128) return value;
  }
}

static int64_t signed_number(struct reader *r) {
  uint64_t value = 0;
  for (unsigned shift = 0;;) {
    const uint8_t next = byte(r);
    value |= (uint64_t)(next & 127) << shift;
    shift += 7;
    if (next < 128) return (int64_t)(next & 64 && shift < 64 ? value | ~(uint64_t)0 << shift : value);
  }
}

static struct text text(struct reader *r) {
  const uint32_t length = number(r);
  return (struct text){(const char *)take(r, length), length};
}

static uint64_t fold(uint64_t digest, int64_t word) {
  digest = (digest ^ (uint64_t)word) * 0x100000001b3u;
  return digest ^ (uint64_t)((int64_t)digest >> 29);
}

static const uint64_t digest_start = 0xcbf29ce484222325u;

/** Reads the table of functions and looks each up. */
static void read_functions(struct reader *r) {
  if (number(r) != PROGRAM_FUNCTIONS) fail("program.h tells another number of functions");
  for (struct function *f = functions; f < functions + PROGRAM_FUNCTIONS; f++) {
    const struct text name = text(r), kinds = text(r), result = text(r);
    char terminated[NAME_BYTES] = {0};
    if (name.length >= NAME_BYTES || kinds.length > ARGUMENTS) fail("a name or an argument list is too long");
    memcpy(terminated, name.at, name.length);
    *f = (struct function){host_find(terminated), kinds.at, (uint8_t)kinds.length, *result.at};
  }
}

static bool next_structure(struct reader *r, struct structure *s) {
  if (r->at == r->end) return false;
  s->name = text(r);
  s->common = number(r) == 1;
  const uint32_t length = number(r);
  s->steps.at = take(r, length);
  s->steps.end = r->at;
  return true;
}

static void read_arguments(struct reader *r, const struct function *f, int64_t *arguments) {
  for (unsigned i = 0; i < f->count; i++) {
    // A float is in no function of the C face; its bytes are passed over.
    if (f->kinds[i] == 'f') take(r, 8);
    else arguments[i] = signed_number(r) + (f->kinds[i] == 'a' ? base : 0);
  }
}

/** A result as the digest takes it: "never" is -1, addresses count from the block's start; 0 and 1 are answers, not addresses. */
static int64_t folded(char kind, int64_t word) {
  if (kind == 'd' && word < 0) return -1;
  if (kind == 'a' && (uint32_t)word > 1) return (int64_t)(uint32_t)word - base;
  return word;
}

/** Runs the steps, or only looks whether the host has every function in them. */
static bool run_steps(struct reader steps, bool look, uint64_t *digest) {
  int64_t arguments[ARGUMENTS];
  if (!look) memset(host_block(), 0, PROGRAM_BLOCK_BYTES);
  while (steps.at < steps.end) {
    const uint32_t step = number(&steps);
    if (step < 2) {
      const uint32_t at = number(&steps), length = number(&steps);
      if (at > PROGRAM_BLOCK_BYTES || length > PROGRAM_BLOCK_BYTES - at) fail("it leaves its block");
      if (step == 0) {
        const uint8_t *bytes = take(&steps, length);
        if (!look) memcpy(host_block() + at, bytes, length);
      } else if (!look) {
        for (uint32_t offset = 0; offset < length; offset += 8) {
          int64_t word;
          memcpy(&word, host_block() + at + offset, 8);
          *digest = fold(*digest, word);
        }
      }
      continue;
    }
    if (step - 2 >= PROGRAM_FUNCTIONS) fail("it calls a function that it does not name");
    const struct function *f = functions + (step - 2);
    read_arguments(&steps, f, arguments);
    if (f->handle == NULL) return false;
    if (look) continue;
    const int64_t word = host_call(f->handle, f->count, f->result, arguments);
    if (f->result != 'v') *digest = fold(*digest, folded(f->result, word));
  }
  return true;
}

static void print_digest(uint64_t digest) {
  printf("\"%08" PRIx32 "%08" PRIx32 "\"", (uint32_t)(digest >> 32), (uint32_t)digest);
}

int main(void) {
  struct reader r = {program, program + sizeof program};
  if (memcmp(take(&r, 4), "HFC1", 4) != 0) fail("it does not begin with HFC1");
  if (number(&r) != PROGRAM_BLOCK_BYTES) fail("program.h tells another size of its block");
  base = host_start(PROGRAM_BLOCK_BYTES);
  read_functions(&r);
  const struct reader structures = r;
  struct structure s;
  uint64_t common = digest_start;
  bool whole = true;
  const char *separator = "{\"digests\":{";
  while (next_structure(&r, &s)) {
    uint64_t digest = digest_start;
    if (!run_steps(s.steps, true, &digest)) {
      whole = whole && !s.common;
      continue;
    }
    run_steps(s.steps, false, &digest);
    if (s.common) common = fold(common, (int64_t)digest);
    printf("%s\"%.*s\":", separator, (int)s.name.length, s.name.at);
    print_digest(digest);
    separator = ",";
  }
  printf("},\"absent\":[");
  r = structures;
  separator = "";
  while (next_structure(&r, &s)) {
    if (run_steps(s.steps, true, NULL)) continue;
    printf("%s\"%.*s\"", separator, (int)s.name.length, s.name.at);
    separator = ",";
  }
  printf("],\"common\":");
  if (whole) print_digest(common);
  else printf("null");
  printf("}\n");
  return 0;
}
