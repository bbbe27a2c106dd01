// Entry for browsers whose policy forbids to compile WebAssembly: the same page, with the core as JavaScript at hand.
import "holdfast/script";
import "./page.mjs";
