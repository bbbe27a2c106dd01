//! The native addon: what only native code can do on a host. Processes share the state of the core through a mapped file
//! (`file`), the core itself is the same AssemblyScript as everywhere, translated to C (`core`), and the operating system is
//! asked what Node does not ask it (`probes`). TypeScript has all decisions beyond that: bindings/process-runtime.ts.

#[cfg(not(target_os = "linux"))]
compile_error!("the native addon is made for Linux: boot ids, /proc and futexes are its ground");

mod core;
mod crc;
mod face;
mod file;
mod functions;
mod identity;
mod mapping;
mod probes;
mod wait;
