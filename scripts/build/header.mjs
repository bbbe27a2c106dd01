/**
 * dist/holdfast.h: the functions of the embedded module for C. Types and units come from `assembly/abi/`, the words about each
 * function from its comment in `assembly/`, and which functions there are from the built module.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { constantsOf, signaturesOf } from "../lib/abi.mjs";
import { at } from "../lib/root.mjs";
import { isFresh, setFresh } from "../lib/stamp.mjs";
import { filesBelow, treeHash } from "../lib/tree-hash.mjs";

const target = "dist/holdfast.h";
const module = "dist/wasm/embedded.wasm";

/** For each kind of the ABI the type of the header, and the type that wasm2c's function has. */
const types = {
  address: { c: "hf_address_t", wasm: "uint32_t" },
  u32: { c: "uint32_t", wasm: "uint32_t" },
  i32: { c: "int32_t", wasm: "uint32_t" },
  status: { c: "hf_status_t", wasm: "uint32_t" },
  whole: { c: "hf_whole_t", wasm: "uint64_t" },
  ticks: { c: "hf_ticks_t", wasm: "uint64_t" },
  moment: { c: "hf_moment_t", wasm: "uint64_t" },
  wait: { c: "hf_wait_t", wasm: "uint64_t" },
  millionths: { c: "hf_millionths_t", wasm: "uint32_t" },
  parts: { c: "hf_parts_t", wasm: "uint32_t" },
  long: { c: "int64_t", wasm: "uint64_t" },
  countOrTicks: { c: "int64_t", wasm: "uint64_t" },
};

const head = `/*
 * Holdfast's core for C. Made by scripts/build/header.mjs; docs/embedding.md tells how to use it.
 *
 * The functions are those of dist/wasm/embedded.wasm, translated by \`wasm2c --module-name holdfast\`. A module with fewer
 * (embedded.base.wasm) has the same header: a function that it lacks is missed by the linker, where it is called. Hosts that
 * interpret the module find a function by the name that stands before its comment, and use the types and constants from here.
 * Each function is a macro of its own name too, so that \`#ifdef hf_jump_hash\` tells whether this version's module has it.
 */
#ifndef HOLDFAST_H
#define HOLDFAST_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * How wasm2c names what it makes of the module, and the instance, which points to the core's memory and holds nothing else. Define
 * HF_WASM2C_Z for the names of wasm2c 1.0.32, which Debian 12 has; later ones have those below.
 */
#ifdef HF_WASM2C_Z
typedef struct Z_holdfast_instance_t hf_core_t;
#define HF_WASM2C(name) Z_holdfastZ_##name
#else
typedef struct w2c_holdfast hf_core_t;
#define HF_WASM2C(name) w2c_holdfast_##name
#endif

/** Bytes from the start of the core's memory; structures stand on multiples of 8. */
typedef uint32_t hf_address_t;
/** 0 where it was done, else why not: HF_STATUS_ or, for xxx_load, HF_LOADED_. */
typedef int32_t hf_status_t;
/** A whole number of permits; below 0 reads as -1. */
typedef int64_t hf_whole_t;
/** An instant or span in ticks of 2^-10 microseconds, by any clock that goes forward; below 0 reads as 0. */
typedef int64_t hf_ticks_t;
/** As hf_ticks_t; below 0 means "not known". */
typedef int64_t hf_moment_t;
/** Ticks to wait; below 0 means never. */
typedef int64_t hf_wait_t;
/** A share from 0 to 1 in millionths. */
typedef uint32_t hf_millionths_t;
/** A factor with 16 fraction bits. */
typedef uint32_t hf_parts_t;

#define HF_TICKS_PER_US 1024
#define HF_US(us) ((hf_ticks_t)(us) * HF_TICKS_PER_US)
#define HF_MS(ms) HF_US((hf_ticks_t)(ms) * 1000)
#define HF_NEVER ((hf_wait_t)-1)
#define HF_UNKNOWN ((hf_moment_t)-1)
#define HF_MILLION 1000000u
#define HF_PARTS_ONE 65536u
`;

const foot = `
#ifdef __cplusplus
}
#endif

#endif
`;

const snake = (name) => name.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const loud = (...names) => names.map((name) => snake(name).toUpperCase()).join("_");

/** The comment before each exported function of a file, by the function's name. */
function commentsIn(file) {
  const functions = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n(?:\/\/ @ts-ignore[^\n]*\n@inline\n)?export function (\w+)/g;
  const found = readFileSync(at(file), "utf8").matchAll(functions);
  return new Map([...found].map(([, comment, name]) => [name, comment.replace(/\s*\n \*? ?/g, "\n").trim()]));
}

/** The comments of what the embedded entries export, by the name that they export it under. */
function comments() {
  const words = new Map();
  for (const entry of filesBelow("assembly", { accept: (name) => /^assembly\/embedded-\w+\.ts$/.test(name) })) {
    for (const [, names, path] of readFileSync(at(entry), "utf8").matchAll(/export \{([^}]*)\} from "\.\/([^"]+)"/g)) {
      const found = commentsIn(`assembly/${path}.ts`);
      for (const [, name, alias = name] of names.matchAll(/(\w+)(?: as (\w+))?/g)) words.set(alias, found.get(name));
    }
  }
  return words;
}

function commentOf(name, comment) {
  const lines = [name, ...(comment ?? "").split("\n")].filter((line) => line !== "");
  return lines.length === 1 ? `/** ${name} */` : `/**\n${lines.map((line) => ` * ${line}\n`).join("")} */`;
}

/** Words that no parameter can have in C or C++, and the parameter that every function has. */
const reserved = new Set(
  "auto case class const core default delete double float long new operator register short signed static switch this unsigned volatile".split(
    " ",
  ),
);

const parameterName = (name) => (reserved.has(name) ? `${name}_` : snake(name));

/** wasm2c's function, which the header declares itself, and one with the header's types over it. */
function declare({ name, parameters, result }, comment) {
  const typeOf = (kind, of) => {
    if (types[kind] === undefined)
      throw new Error(`${name}: scripts/build/header.mjs has no C type for the kind ${kind}`);
    return types[kind][of];
  };
  const symbol = `HF_WASM2C(${name})`;
  const taken = parameters
    .map(({ name: parameter, kind }) => `, ${typeOf(kind, "c")} ${parameterName(parameter)}`)
    .join("");
  const given = parameters
    .map(({ name: parameter, kind }) => `, (${typeOf(kind, "wasm")})${parameterName(parameter)}`)
    .join("");
  const raw = parameters.map(({ kind }) => `, ${typeOf(kind, "wasm")}`).join("");
  const type = result === undefined ? "void" : typeOf(result, "c");
  return `${commentOf(name, comment)}
${result === undefined ? "void" : typeOf(result, "wasm")} ${symbol}(hf_core_t *${raw});
#define ${functionName(name)} ${functionName(name)}
static inline ${type} ${functionName(name)}(hf_core_t *core${taken}) {
  ${result === undefined ? "" : `return (${type})`}${symbol}(core${given});
}
`;
}

/** The name that the header gives to an exported function. */
export const functionName = (name) => `hf_${snake(name)}`;

/** Bytes of the structures that always have the same size. */
function sizes(signatures, exports) {
  return signatures
    .filter(({ name, parameters }) => /Size$/.test(name) && parameters.length === 0)
    .map(({ name }) => `#define HF_${loud(name.replace(/Size$/, ""))}_BYTES ${exports[name]()}u\n`)
    .join("");
}

/** The functions of the embedded module that \`bytes\` are, as the ABI tells them. */
export function embeddedSignatures(bytes) {
  const exported = new Set(WebAssembly.Module.exports(new WebAssembly.Module(bytes)).map(({ name }) => name));
  return signaturesOf().filter(({ name, only }) => exported.has(name) && only !== "js");
}

/** The text of the header for an embedded module. */
export function headerText(bytes) {
  const signatures = embeddedSignatures(bytes);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const words = comments();
  const families = new Set(signatures.map(({ family }) => family));
  const constants = constantsOf()
    .filter(({ family }) => families.has(family))
    .map(({ name, values }) => {
      const members = Object.entries(values).map(([value, number]) => `  HF_${loud(name, value)} = ${number},\n`);
      return `enum {\n${members.join("").replace(/,\n$/, "\n")}};\n`;
    });
  return [
    head,
    `\n/* Bytes of structures of one size; the others tell theirs by hf_xxx_size(). */\n${sizes(signatures, exports)}`,
    `\n/* What the numbers mean that parameters and results are named by. */\n${constants.join("")}`,
    ...signatures.map((signature) => `\n${declare(signature, words.get(signature.name))}`),
    foot,
  ].join("");
}

/** Writes the header, when stale; the embedded module must be there. */
export function buildHeader() {
  const hash = treeHash(["assembly", "scripts/build/header.mjs", "scripts/lib/abi.mjs", module], []);
  if (isFresh("header", hash)) return;
  writeFileSync(at(target), headerText(readFileSync(at(module))));
  setFresh("header", hash, [target]);
}
