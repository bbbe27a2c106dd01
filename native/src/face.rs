//! What JavaScript sees of a file: the core's functions, its memory, the header, the lock, and who the owners are.

use std::{
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
    bindgen_prelude::{ArrayBuffer, Object},
    Env, Error,
};
use napi_derive::napi;

use crate::{
    core::{Core, Trap},
    file::{ProcessFile, Refusal, Sizes},
    functions::{damaged, functions_over, HasCore},
    identity::Identity,
    mapping::Mapping,
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

impl HasCore for Session {
    fn core(&self) -> &Core {
        &self.file.core
    }
}

/// A buffer over memory that `owner` keeps.
fn buffer<'env, T: 'static + Send + Sync>(
    env: &'env Env,
    (data, bytes): (*mut u8, usize),
    owner: &Arc<T>,
) -> Result<ArrayBuffer<'env>> {
    let buffer = unsafe { ArrayBuffer::from_external(env, data, bytes, Arc::clone(owner), |_, owner| drop(owner)) };
    let buffer = buffer.map_err(failed)?;
    if ptr::eq(buffer.as_ptr(), data) {
        return Ok(buffer);
    }
    Err(Error::new("NATIVE_UNAVAILABLE", "this runtime only copies memory that is not its own".to_owned()))
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
        buffer(env, self.0.file.memory(), &self.0)
    }

    /// The header, not copied.
    #[napi]
    pub fn header<'env>(&self, env: &'env Env) -> Result<ArrayBuffer<'env>> {
        buffer(env, self.0.file.header(), &self.0)
    }

    /// The core's functions over the memory, by their names.
    #[napi]
    pub fn exports<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let owner: Arc<dyn HasCore> = self.0.clone();
        functions_over(env, &owner).map_err(failed)
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
        let (data, bytes) = self.0.file.memory();
        if !at.is_multiple_of(4) || at as usize + 4 > bytes {
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

/// A core over memory of its own.
#[napi]
pub struct OwnMemory(Arc<Own>);

struct Own {
    // Before the mapping, so that it goes first.
    core: Core,
    mapping: Mapping,
}

impl HasCore for Own {
    fn core(&self) -> &Core {
        &self.core
    }
}

#[napi]
impl OwnMemory {
    /// Over `bytes` bytes, all zeros.
    #[napi(constructor)]
    pub fn new(bytes: f64) -> Result<Self> {
        let mapping = Mapping::anonymous(bytes as u64).map_err(failed)?;
        Ok(OwnMemory(Arc::new(Own { core: mapping.core(0), mapping })))
    }

    /// The memory, not copied.
    #[napi]
    pub fn memory<'env>(&self, env: &'env Env) -> Result<ArrayBuffer<'env>> {
        buffer(env, self.0.mapping.from(0), &self.0)
    }

    /// The core's functions over the memory, by their names.
    #[napi]
    pub fn exports<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let owner: Arc<dyn HasCore> = self.0.clone();
        functions_over(env, &owner).map_err(failed)
    }
}
