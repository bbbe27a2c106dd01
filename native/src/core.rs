//! The core in C, as objects that free themselves.

use std::{ffi::CStr, os::raw::c_char, ptr::NonNull, slice};

/// An argument or a result: the 32 bits of an integer, or a double (`hf_value` of c/host.h).
#[repr(C)]
#[derive(Clone, Copy)]
pub union Value {
    pub i: u32,
    pub d: f64,
}

/// A row of the table of functions (`hf_function`).
#[repr(C)]
pub struct Function {
    name: *const c_char,
    types: *const c_char,
}

// The table is constant and so are the texts that it points to.
unsafe impl Sync for Function {}

impl Function {
    pub fn name(&self) -> &'static CStr {
        unsafe { CStr::from_ptr(self.name) }
    }

    /// One letter for each parameter and then the result: `i`, `d`, or `v` for none.
    pub fn types(&self) -> &'static [u8] {
        unsafe { CStr::from_ptr(self.types) }.to_bytes()
    }
}

#[repr(C)]
struct RawCore {
    _private: [u8; 0],
}

extern "C" {
    static hf_functions: [Function; 0];
    static hf_function_count: u32;
    fn hf_core_new(data: *mut u8, bytes: u64) -> *mut RawCore;
    fn hf_core_free(core: *mut RawCore);
    fn hf_call(core: *mut RawCore, function: u32, arguments: *const Value, result: *mut Value) -> u32;
}

/// All functions of the core, in the order of their numbers.
pub fn functions() -> &'static [Function] {
    unsafe { slice::from_raw_parts((&raw const hf_functions).cast(), hf_function_count as usize) }
}

/// The number of a function; it must be there.
pub fn number_of(name: &str) -> u32 {
    let at = functions().iter().position(|function| function.name().to_bytes() == name.as_bytes());
    at.unwrap_or_else(|| panic!("the core has no function {name}")) as u32
}

/// Most parameters that a function of the core has.
pub const MOST_PARAMETERS: usize = 16;

/// Why a call was ended (`wasm_rt_trap_t`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trap(pub u32);

impl Trap {
    pub fn reason(self) -> &'static str {
        match self.0 {
            1 => "it reached outside of the memory",
            3 => "it divided by zero",
            4 => "it made an integer of a number that is none",
            8 => "it used a word that is not aligned",
            _ => "it could not go on",
        }
    }
}

/// A core over memory that outlives it.
pub struct Core(NonNull<RawCore>);

// Its fields never change after it is made, and what it points to is memory for several threads.
unsafe impl Send for Core {}
unsafe impl Sync for Core {}

impl Core {
    /// # Safety
    /// `data` must be valid for `bytes` bytes for as long as the core lives.
    pub unsafe fn over(data: *mut u8, bytes: u64) -> Self {
        Core(NonNull::new(unsafe { hf_core_new(data, bytes) }).expect("there is memory for three words"))
    }

    pub fn call(&self, function: u32, arguments: &[Value]) -> Result<Value, Trap> {
        let mut result = Value { d: 0.0 };
        match unsafe { hf_call(self.0.as_ptr(), function, arguments.as_ptr(), &mut result) } {
            0 => Ok(result),
            trap => Err(Trap(trap)),
        }
    }

    /// Calls a function whose parameters and result are integers.
    pub fn call_whole(&self, name: &str, arguments: &[u32]) -> Result<u32, Trap> {
        let values: Vec<Value> = arguments.iter().map(|&i| Value { i }).collect();
        Ok(unsafe { self.call(number_of(name), &values)?.i })
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        unsafe { hf_core_free(self.0.as_ptr()) }
    }
}
