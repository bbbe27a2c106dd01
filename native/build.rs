//! Compiles the core's C, which scripts/build/native.mjs lays beside the build, and tells the linker what an addon is.

use std::{env, path::PathBuf};

fn main() {
    let made = PathBuf::from(
        env::var("HOLDFAST_CORE_C")
            .expect("HOLDFAST_CORE_C names the folder with the core in C; `npm run build:native` sets it"),
    );
    let own = PathBuf::from("c");
    for file in ["core.c", "core.h", "dispatch.h", "digest.rs"] {
        println!("cargo::rerun-if-changed={}", made.join(file).display());
    }
    println!("cargo::rerun-if-changed=c");
    println!("cargo::rerun-if-env-changed=HOLDFAST_CORE_C");
    println!("cargo::rustc-env=HOLDFAST_DIGEST={}", made.join("digest.rs").display());
    cc::Build::new()
        .include(&own)
        .include(&made)
        .file(made.join("core.c"))
        .file(own.join("host.c"))
        .std("gnu11")
        .opt_level(2)
        // One rounding for each operation, as WebAssembly has it.
        .flag("-ffp-contract=off")
        // The generated code leaves things unused.
        .warnings(false)
        .compile("holdfast_core");
    napi_build::setup();
}
