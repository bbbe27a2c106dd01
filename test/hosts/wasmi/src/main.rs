//! Runs a conformance program (ts/core/self-test/README.md has its format) on a core module by wasmi.
//!
//! `holdfast-wasmi-host PROGRAM MODULE` prints one line of JSON: the digest of each structure, the structures that the module
//! lacks, and the common digest.

mod program;

use std::{env, error::Error, fs};

use program::{fold, Reader, DIGEST_START};
use wasmi::{Engine, Func, Linker, Memory, MemoryType, Module, Store, Val, ValType};

/// Where the program's block begins; address 0 means "none" to the core.
const BLOCK: usize = 8;

struct Function {
    kinds: String,
    result: String,
    /// Absent where the module has no such function.
    call: Option<(Func, Vec<ValType>)>,
}

impl Function {
    /// Reads what a step gives; a float, which no function of the C face takes, is passed over.
    fn arguments(&self, reader: &mut Reader) -> Vec<i64> {
        let read = |kind| match kind {
            'f' => i64::from_le_bytes(reader.take(8).try_into().unwrap()),
            'a' => reader.signed() + BLOCK as i64,
            _ => reader.signed(),
        };
        self.kinds.chars().map(read).collect()
    }
}

/// A module, and the block of its memory that the program writes to.
struct Host {
    store: Store<()>,
    memory: Memory,
    block_bytes: usize,
}

impl Host {
    fn block(&mut self) -> &mut [u8] {
        &mut self.memory.data_mut(&mut self.store)[BLOCK..BLOCK + self.block_bytes]
    }

    /// Calls a function; `None` where it gives nothing. A result of 32 bits is sign-extended, "never" is -1,
    /// addresses count from the block (0 and 1 are answers, not addresses).
    fn call(
        &mut self,
        function: &Function,
        arguments: &[i64],
    ) -> Result<Option<i64>, Box<dyn Error>> {
        let (call, types) = function
            .call
            .as_ref()
            .ok_or("the module lacks a function")?;
        let given: Vec<Val> = arguments
            .iter()
            .zip(types)
            .map(|(&value, kind)| {
                if *kind == ValType::I32 {
                    Val::I32(value as i32)
                } else {
                    Val::I64(value)
                }
            })
            .collect();
        if function.result == "v" {
            call.call(&mut self.store, &given, &mut [])?;
            return Ok(None);
        }
        let mut result = [Val::I64(0)];
        call.call(&mut self.store, &given, &mut result)?;
        let word = match &result[0] {
            Val::I32(value) => i64::from(*value),
            Val::I64(value) => *value,
            other => return Err(format!("a result of another type: {other:?}").into()),
        };
        Ok(Some(match (function.result.as_str(), word as u32) {
            ("d", _) => word.max(-1),
            ("a", address) if address > 1 => i64::from(address) - BLOCK as i64,
            _ => word,
        }))
    }
}

/// Whether the module has every function that the steps call.
fn can_run(steps: &[u8], functions: &[Function]) -> bool {
    let mut reader = Reader::new(steps);
    while !reader.done() {
        let step = reader.number();
        if step < 2 {
            reader.number();
            let length = reader.number();
            reader.take(if step == 0 { length } else { 0 });
            continue;
        }
        let function = &functions[step - 2];
        function.arguments(&mut reader);
        if function.call.is_none() {
            return false;
        }
    }
    true
}

fn run_steps(steps: &[u8], functions: &[Function], host: &mut Host) -> Result<i64, Box<dyn Error>> {
    let mut reader = Reader::new(steps);
    let mut digest = DIGEST_START;
    host.block().fill(0);
    while !reader.done() {
        let step = reader.number();
        if step < 2 {
            let at = reader.number();
            let length = reader.number();
            if step == 0 {
                host.block()[at..at + length].copy_from_slice(reader.take(length));
            } else {
                for word in host.block()[at..at + length].chunks_exact(8) {
                    digest = fold(digest, i64::from_le_bytes(word.try_into()?));
                }
            }
            continue;
        }
        let function = &functions[step - 2];
        let arguments = function.arguments(&mut reader);
        if let Some(word) = host.call(function, &arguments)? {
            digest = fold(digest, word);
        }
    }
    Ok(digest)
}

fn run(program: &[u8], wasm: &[u8]) -> Result<String, Box<dyn Error>> {
    let mut reader = Reader::new(program);
    if reader.take(4) != b"HFC1" {
        return Err("these bytes are no conformance program".into());
    }
    let engine = Engine::default();
    let module = Module::new(&engine, wasm)?;
    let mut store = Store::new(&engine, ());
    let memory = Memory::new(&mut store, MemoryType::new(1, Some(1)))?;
    let mut linker = Linker::new(&engine);
    linker.define("env", "memory", memory)?;
    let instance = linker.instantiate_and_start(&mut store, &module)?;
    let mut host = Host {
        store,
        memory,
        block_bytes: reader.number(),
    };
    let mut functions = Vec::new();
    for _ in 0..reader.number() {
        let call = instance.get_func(&host.store, &reader.text());
        let call = call.map(|func| (func, func.ty(&host.store).params().to_vec()));
        functions.push(Function {
            kinds: reader.text(),
            result: reader.text(),
            call,
        });
    }
    let (mut digests, mut absent, mut common) = (Vec::new(), Vec::new(), Some(DIGEST_START));
    while !reader.done() {
        let name = reader.text();
        let is_common = reader.number() == 1;
        let length = reader.number();
        let steps = reader.take(length);
        if !can_run(steps, &functions) {
            absent.push(format!("\"{name}\""));
            common = common.filter(|_| !is_common);
            continue;
        }
        let digest = run_steps(steps, &functions, &mut host)?;
        digests.push(format!("\"{name}\":\"{digest:016x}\""));
        common = common.map(|so_far| {
            if is_common {
                fold(so_far, digest)
            } else {
                so_far
            }
        });
    }
    let common = common.map_or("null".into(), |digest| format!("\"{digest:016x}\""));
    Ok(format!(
        "{{\"digests\":{{{}}},\"absent\":[{}],\"common\":{common}}}",
        digests.join(","),
        absent.join(",")
    ))
}

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = env::args().skip(1).collect();
    let [program, module] = &files[..] else {
        return Err("give the program and the module".into());
    };
    println!("{}", run(&fs::read(program)?, &fs::read(module)?)?);
    Ok(())
}
