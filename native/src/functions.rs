//! The functions of the core as functions of JavaScript.

use std::{ffi::c_void, os::raw::c_char, ptr, sync::Arc};

use napi::{bindgen_prelude::Object, sys, Env, Error, JsValue};

use crate::core::{functions, Core, Trap, Value, MOST_PARAMETERS};

/// What has a core, and its memory.
pub trait HasCore: Send + Sync {
    fn core(&self) -> &Core;
}

/// The error of a call that a trap ended.
pub fn damaged(trap: Trap) -> Error<&'static str> {
    Error::new(
        "FILE_DAMAGED",
        format!(
            "the core ended a call, because {}: the file is damaged; stop what uses it and remove it",
            trap.reason()
        ),
    )
}

/// An object with all functions by their names, over the memory of `owner`, which lives as long as they do.
pub fn functions_over<'env>(env: &'env Env, owner: &Arc<dyn HasCore>) -> napi::Result<Object<'env>> {
    let exports = Object::new(env)?;
    for (number, function) in functions().iter().enumerate() {
        let bound = Box::new(Bound { owner: Arc::clone(owner), number: number as u32, types: function.types() });
        unsafe { bound.set_in(env.raw(), exports.raw(), function.name().as_ptr()) }?;
    }
    Ok(exports)
}

/// A function bound to a core: what the engine hands back with each call.
struct Bound {
    owner: Arc<dyn HasCore>,
    number: u32,
    types: &'static [u8],
}

impl Bound {
    /// Sets a property of `target` to this function, which lives as long as the engine has it.
    unsafe fn set_in(
        self: Box<Self>,
        env: sys::napi_env,
        target: sys::napi_value,
        name: *const c_char,
    ) -> napi::Result<()> {
        let data = Box::into_raw(self).cast::<c_void>();
        let mut function = ptr::null_mut();
        unsafe {
            napi::check_status!(sys::napi_create_function(env, name, -1, Some(call), data, &mut function))?;
            napi::check_status!(sys::napi_add_finalizer(
                env,
                function,
                data,
                Some(let_go),
                ptr::null_mut(),
                ptr::null_mut()
            ))?;
            napi::check_status!(sys::napi_set_named_property(env, target, name, function))
        }
    }
}

unsafe extern "C" fn let_go(_env: sys::napi_env, data: *mut c_void, _hint: *mut c_void) {
    drop(unsafe { Box::from_raw(data.cast::<Bound>()) });
}

/// One call from JavaScript. Numbers become integers as WebAssembly makes them: the bottom 32 bits, 0 where there are none.
unsafe extern "C" fn call(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let mut given = [ptr::null_mut(); MOST_PARAMETERS];
    let mut count = MOST_PARAMETERS;
    let mut data = ptr::null_mut();
    unsafe { sys::napi_get_cb_info(env, info, &mut count, given.as_mut_ptr(), ptr::null_mut(), &mut data) };
    let bound = unsafe { &*data.cast::<Bound>() };
    let (&result, parameters) = bound.types.split_last().expect("a letter for the result");
    let mut values = [Value { d: 0.0 }; MOST_PARAMETERS];
    for ((&kind, value), &argument) in parameters.iter().zip(&mut values).zip(&given) {
        *value = unsafe { argument_of(env, kind, argument) };
    }
    match bound.owner.core().call(bound.number, &values) {
        Ok(value) => unsafe { result_of(env, result, value) },
        Err(trap) => {
            let error = damaged(trap);
            let (code, text) = (error.status.as_bytes(), error.reason.as_bytes());
            unsafe {
                let mut values = [ptr::null_mut(); 3];
                sys::napi_create_string_utf8(env, code.as_ptr().cast(), code.len() as isize, &mut values[0]);
                sys::napi_create_string_utf8(env, text.as_ptr().cast(), text.len() as isize, &mut values[1]);
                sys::napi_create_error(env, values[0], values[1], &mut values[2]);
                sys::napi_throw(env, values[2]);
            }
            ptr::null_mut()
        }
    }
}

#[inline]
unsafe fn argument_of(env: sys::napi_env, kind: u8, argument: sys::napi_value) -> Value {
    if kind == b'i' {
        let mut i = 0;
        unsafe { sys::napi_get_value_int32(env, argument, &mut i) };
        return Value { i: i as u32 };
    }
    let mut d = f64::NAN;
    unsafe { sys::napi_get_value_double(env, argument, &mut d) };
    Value { d }
}

#[inline]
unsafe fn result_of(env: sys::napi_env, kind: u8, value: Value) -> sys::napi_value {
    let mut result = ptr::null_mut();
    match kind {
        b'i' => unsafe { sys::napi_create_int32(env, value.i as i32, &mut result) },
        b'd' => unsafe { sys::napi_create_double(env, value.d, &mut result) },
        _ => unsafe { sys::napi_get_undefined(env, &mut result) },
    };
    result
}
