//! What JavaScript sees of a file: the core's functions, its memory, the header, the lock, and who the owners are.

use std::{
    ffi::c_void,
    path::PathBuf,
    ptr,
    sync::{
        atomic::{AtomicU32, Ordering},
        Arc,
    },
    thread,
    time::Duration,
};

use napi::{
    bindgen_prelude::{ArrayBuffer, Object, ToNapiValue},
    sys, Env, Error, JsValue,
};
use napi_derive::napi;

use crate::{
    core::{functions, Trap, Value, MOST_PARAMETERS},
    file::{ProcessFile, Refusal, Sizes},
    identity::Identity,
    wait::hf_wait,
};

/// Errors whose `code` is one of the package's own.
type Result<T, E = Error<&'static str>> = std::result::Result<T, E>;

impl From<Refusal> for Error<&'static str> {
    fn from(Refusal { code, message }: Refusal) -> Self {
        Error::new(code, message)
    }
}

fn failed(error: impl std::fmt::Display) -> Error<&'static str> {
    Error::new("FILE_UNUSABLE", error.to_string())
}

/// Threads of this process that sleep for a promise; more are refused, and their waits look again by a timer instead.
const MOST_SLEEPERS: u32 = 64;
static SLEEPERS: AtomicU32 = AtomicU32::new(0);

/// How long a thread that ends waits for the lock before it leaves its tidying to others.
const LAST_PATIENCE: Duration = Duration::from_millis(500);

/// An open file, and as which owner this thread works on it.
struct Session {
    file: ProcessFile,
    owner: AtomicU32,
}

impl Session {
    /// Gives back what the thread's owner holds, where the thread ends without saying so.
    fn end(&self) {
        let owner = self.owner.swap(0, Ordering::Relaxed);
        if owner == 0 || !matches!(self.file.lock(LAST_PATIENCE), Ok(true)) {
            return;
        }
        // A trap means that the file is damaged; then there is nothing to give back.
        let _ = self.file.core.call_whole("registryRepair", &[self.file.registry, owner]);
        self.file.disclaim(owner);
        self.file.unlock();
    }
}

/// What the process that makes a file chooses.
#[napi(object)]
pub struct FileSizes {
    pub memory_bytes: f64,
    pub structures: u32,
}

/// The number by which the system knows the calling thread.
#[napi]
pub fn thread_number() -> u32 {
    Identity::of_this_thread().thread
}

/// Opens the file at `path`, and makes it where it is not there.
#[napi(catch_unwind)]
pub fn open_file(env: Env, path: String, sizes: FileSizes) -> Result<SharedFile> {
    let sizes = Sizes { memory_bytes: sizes.memory_bytes as u64, structures: sizes.structures };
    let file = ProcessFile::open(&PathBuf::from(path), sizes)?;
    let session = Arc::new(Session { file, owner: AtomicU32::new(0) });
    env.add_env_cleanup_hook(Arc::clone(&session), |session| session.end()).map_err(failed)?;
    Ok(SharedFile(session))
}

/// A file that processes share.
#[napi]
pub struct SharedFile(Arc<Session>);

#[napi]
impl SharedFile {
    /// The same in every process that has the file.
    #[napi(getter)]
    pub fn id(&self) -> String {
        self.0.file.id.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Where the registry is in the memory.
    #[napi(getter)]
    pub fn registry(&self) -> u32 {
        self.0.file.registry
    }

    /// Structures that there is room for.
    #[napi(getter)]
    pub fn structures(&self) -> u32 {
        self.0.file.structures
    }

    /// The core's memory, not copied.
    #[napi]
    pub fn memory<'env>(&self, env: &'env Env) -> Result<ArrayBuffer<'env>> {
        self.buffer(env, self.0.file.mapping.memory())
    }

    /// The header, not copied.
    #[napi]
    pub fn header<'env>(&self, env: &'env Env) -> Result<ArrayBuffer<'env>> {
        self.buffer(env, self.0.file.mapping.header())
    }

    fn buffer<'env>(&self, env: &'env Env, (data, bytes): (*mut u8, usize)) -> Result<ArrayBuffer<'env>> {
        let buffer = unsafe { ArrayBuffer::from_external(env, data, bytes, Arc::clone(&self.0), |_, session| drop(session)) };
        let buffer = buffer.map_err(failed)?;
        if ptr::eq(buffer.as_ptr(), data) {
            return Ok(buffer);
        }
        Err(Error::new("NATIVE_UNAVAILABLE", "this runtime only copies memory that is not its own".to_owned()))
    }

    /// The core's functions over the memory, by their names.
    #[napi]
    pub fn exports<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let exports = Object::new(env).map_err(failed)?;
        for (number, function) in functions().iter().enumerate() {
            let bound = Box::new(Bound { session: Arc::clone(&self.0), number: number as u32, types: function.types() });
            unsafe { bound.set_in(env.raw(), exports.raw(), function.name().as_ptr()) }.map_err(failed)?;
        }
        Ok(exports)
    }

    /// Takes the file's lock; false where others held it for all of `patience_ms`.
    #[napi]
    pub fn lock(&self, patience_ms: f64) -> Result<bool> {
        self.0.file.lock(Duration::from_secs_f64(patience_ms.clamp(0.0, 60_000.0) / 1000.0)).map_err(failed)
    }

    #[napi]
    pub fn unlock(&self) {
        self.0.file.unlock();
    }

    /// Says that this thread is that owner. Under the lock.
    #[napi]
    pub fn claim(&self, owner: u32) -> Result<()> {
        self.0.file.claim(owner).map_err(failed)?;
        self.0.owner.store(owner, Ordering::Relaxed);
        Ok(())
    }

    /// Says that this thread is that owner no more. Under the lock.
    #[napi]
    pub fn disclaim(&self, owner: u32) {
        self.0.owner.store(0, Ordering::Relaxed);
        self.0.file.disclaim(owner);
    }

    /// Whether that owner, named by its thread in the registry, is dead for certain.
    #[napi]
    pub fn is_dead(&self, owner: u32, thread: u32) -> bool {
        self.0.file.is_dead(owner, thread)
    }

    /// Process and thread of an owner.
    #[napi]
    pub fn identity(&self, owner: u32) -> Owner {
        let identity = self.0.file.identity(owner);
        Owner { process: identity.process, thread: identity.thread }
    }

    /// Resolves when somebody wakes who sleeps at the word, with 0, when it was another already, with 1, or when the time is
    /// over, with 2. Gives nothing where too many sleep already.
    #[napi]
    pub fn sleep<'env>(&self, env: &'env Env, at: u32, expected: u32, limit_ms: f64) -> Result<Option<Object<'env>>> {
        let (data, bytes) = self.0.file.mapping.memory();
        if at % 4 != 0 || at as usize + 4 > bytes {
            return Err(damaged(Trap(1)));
        }
        if SLEEPERS.fetch_add(1, Ordering::Relaxed) >= MOST_SLEEPERS {
            SLEEPERS.fetch_sub(1, Ordering::Relaxed);
            return Ok(None);
        }
        let (deferred, promise) = env.create_deferred::<u32, _>().map_err(failed)?;
        let word = unsafe { data.add(at as usize) } as usize;
        let nanoseconds = (limit_ms.clamp(0.0, 86_400_000.0) * 1e6) as i64;
        let session = Arc::clone(&self.0);
        thread::spawn(move || {
            let answer = hf_wait(word as *const u32, expected, nanoseconds);
            SLEEPERS.fetch_sub(1, Ordering::Relaxed);
            drop(session);
            deferred.resolve(move |_| Ok(answer));
        });
        Ok(Some(promise))
    }
}

/// Process and thread of an owner.
#[napi(object)]
pub struct Owner {
    pub process: u32,
    pub thread: u32,
}

fn damaged(trap: Trap) -> Error<&'static str> {
    Error::new(
        "FILE_DAMAGED",
        format!("the core ended a call, because {}: the file is damaged; stop what uses it and remove it", trap.reason()),
    )
}

/// A function of the core bound to a file: what the engine hands back with each call.
struct Bound {
    session: Arc<Session>,
    number: u32,
    types: &'static [u8],
}

impl Bound {
    /// Sets a property of `target` to this function, which lives as long as the engine has it.
    unsafe fn set_in(self: Box<Self>, env: sys::napi_env, target: sys::napi_value, name: *const std::os::raw::c_char) -> napi::Result<()> {
        let data = Box::into_raw(self).cast::<c_void>();
        let mut function = ptr::null_mut();
        unsafe {
            napi::check_status!(sys::napi_create_function(env, name, -1, Some(call), data, &mut function))?;
            napi::check_status!(sys::napi_add_finalizer(env, function, data, Some(let_go), ptr::null_mut(), ptr::null_mut()))?;
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
    match bound.session.file.core.call(bound.number, &values) {
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
