//! The file that processes share. It is a header, of which the first 128 bytes never change, and the core's memory behind it:
//!
//! ```text
//!      0 "HOLDFAST" | 8 version u32 | 12 header bytes u32 | 16 file bytes u64 | 24 digest of the core, 16 bytes
//!     40 boot id, 16 bytes | 56 time namespace u64 | 64 id, 16 bytes | 80 made at, monotonic ns u64 | 88 made at, wall ns u64
//!     96 structures that there is room for u32 | 100 address of the registry u32 | 124 CRC-32C of all before it
//!    256 owners: 64 identities, 32 bytes each
//!   4096 directory: 128 bytes a structure, kept by bindings/process-directory.ts
//! ```
//!
//! A file appears whole: it is made under another name, its core is set up, and it is linked to its own name, which fails
//! where somebody was quicker. What is changed after that is changed with atomics, or under `lock`, which the system takes from a
//! process that dies. A file of another boot is stale, because its times count from another moment: whoever finds it puts a new one
//! in its place.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind},
    os::{
        fd::AsRawFd,
        unix::fs::{FileExt, MetadataExt, OpenOptionsExt},
    },
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crate::{
    core::{Core, Trap},
    crc::crc32c,
    identity::{boot_id, time_namespace, Identity},
    mapping::Mapping,
};

const MAGIC: [u8; 8] = *b"HOLDFAST";
const VERSION: u32 = 1;
const CONSTANT_BYTES: usize = 128;
const CRC_AT: usize = 124;
const OWNERS_AT: usize = 256;
const DIRECTORY_AT: usize = 4096;
const DIRECTORY_ENTRY_BYTES: usize = 128;
/// Owners have the numbers from 1 to this.
const MOST_OWNERS: u32 = 62;
const PAGE_BYTES: u64 = 65_536;
/// Where each owner holds a lock of one byte, far behind everything: the system lets go of it when the owner dies.
const OWNER_LOCKS_AT: i64 = 1 << 40;

/// SHA-256 of the core's module, its first 16 bytes: a file made with another core means something else.
pub const DIGEST: [u8; 16] = include!(env!("HOLDFAST_DIGEST"));

/// Why a file is not used: a code of the package's errors, and what to do.
#[derive(Debug)]
pub struct Refusal {
    pub code: &'static str,
    pub message: String,
}

fn refusal(code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal { code, message: message.into() }
}

fn unusable(path: &Path, what: &str, error: &io::Error) -> Refusal {
    refusal("FILE_UNUSABLE", format!("{}: cannot {what}: {error}", path.display()))
}

fn torn(path: &Path, how: impl std::fmt::Display) -> Refusal {
    refusal("FILE_TORN", format!("{}: {how}; stop what uses it and remove it, and a new one is made", path.display()))
}

/// The part of the header that never changes.
struct Constants([u8; CONSTANT_BYTES]);

impl Constants {
    fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.0[at..at + 4].try_into().expect("four bytes"))
    }

    fn u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.0[at..at + 8].try_into().expect("eight bytes"))
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn seal(&mut self) {
        let crc = crc32c(&self.0[..CRC_AT]);
        self.put(CRC_AT, &crc.to_le_bytes());
    }

    fn is_whole(&self) -> bool {
        self.u32(CRC_AT) == crc32c(&self.0[..CRC_AT])
    }
}

/// Sizes that the process that makes a file chooses.
#[derive(Clone, Copy)]
pub struct Sizes {
    pub memory_bytes: u64,
    pub structures: u32,
}

impl Sizes {
    fn header_bytes(&self) -> u64 {
        let bytes = (DIRECTORY_AT + self.structures as usize * DIRECTORY_ENTRY_BYTES) as u64;
        bytes.next_multiple_of(PAGE_BYTES)
    }
}

/// An open file of processes.
pub struct ProcessFile {
    file: File,
    // Before the mapping, so that it goes first.
    pub core: Core,
    pub mapping: Mapping,
    header_bytes: usize,
    pub registry: u32,
    pub structures: u32,
    pub id: [u8; 16],
}

impl ProcessFile {
    /// Opens the file, and makes it where it is not there or is of another boot.
    pub fn open(path: &Path, sizes: Sizes) -> Result<Self, Refusal> {
        // Each turn somebody else may have made, replaced or removed the file; that does not go on for ever.
        for _ in 0..100 {
            let file = match OpenOptions::new().read(true).write(true).custom_flags(libc::O_NOFOLLOW).open(path) {
                Ok(file) => file,
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    place(path, sizes, |made| match fs::hard_link(made, path) {
                        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
                        linked => linked,
                    })?;
                    continue;
                }
                Err(error) => return Err(unusable(path, "open it", &error)),
            };
            let constants = check(path, &file)?;
            if constants.0[40..56] == boot_id() {
                return ProcessFile::from(path, file, &constants);
            }
            replace(path, &file, sizes)?;
        }
        Err(refusal("FILE_BUSY", format!("{}: others keep replacing it", path.display())))
    }

    fn from(path: &Path, file: File, constants: &Constants) -> Result<Self, Refusal> {
        if constants.u64(56) != time_namespace() {
            return Err(refusal(
                "FILE_UNUSABLE",
                format!("{}: its times are of another time namespace; use one file for each", path.display()),
            ));
        }
        let mapping = Mapping::of(&file, constants.u64(16)).map_err(|error| unusable(path, "map it", &error))?;
        let header_bytes = constants.u32(12) as usize;
        let id = constants.0[64..80].try_into().expect("16 bytes");
        let (structures, registry) = (constants.u32(96), constants.u32(100));
        Ok(ProcessFile { file, core: mapping.core(header_bytes), mapping, header_bytes, registry, structures, id })
    }

    /// Where the header is, and its bytes.
    pub fn header(&self) -> (*mut u8, usize) {
        (self.mapping.from(0).0, self.header_bytes)
    }

    /// Where the core's memory is, and its bytes.
    pub fn memory(&self) -> (*mut u8, usize) {
        self.mapping.from(self.header_bytes)
    }

    /// The slot of an owner; changed under the lock only.
    fn slot(&self, owner: u32) -> *mut Identity {
        assert!((1..=MOST_OWNERS).contains(&owner), "owner {owner}");
        unsafe { self.header().0.add(OWNERS_AT).cast::<Identity>().add(owner as usize) }
    }

    /// Takes the lock that changes of owners and of the directory happen under; false where another held it for all of `patience`.
    pub fn lock(&self, patience: Duration) -> io::Result<bool> {
        lock(&self.file, patience)
    }

    pub fn unlock(&self) {
        unsafe { libc::flock(self.file.as_raw_fd(), libc::LOCK_UN) };
    }

    /// Says that the calling thread is this owner, for as long as it lives. Under the lock.
    pub fn claim(&self, owner: u32) -> io::Result<()> {
        unsafe { self.slot(owner).write(Identity::of_this_thread()) };
        match self.lock_of(owner, libc::F_OFD_SETLK, libc::F_WRLCK) {
            (0, _) => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Lets go of the claim.
    pub fn disclaim(&self, owner: u32) {
        self.lock_of(owner, libc::F_OFD_SETLK, libc::F_UNLCK);
    }

    pub fn identity(&self, owner: u32) -> Identity {
        unsafe { self.slot(owner).read_volatile() }
    }

    /// Whether that owner, named by its thread in the registry, is dead for certain: it lost its claim, or the system knows no
    /// thread with its number and start.
    pub fn is_dead(&self, owner: u32, thread: u32) -> bool {
        let identity = self.identity(owner);
        let (answer, kind) = self.lock_of(owner, libc::F_OFD_GETLK, libc::F_WRLCK);
        let unclaimed = answer == 0 && kind == libc::F_UNLCK;
        unclaimed || (identity.thread == thread && identity.has_ended())
    }

    /// Sets or asks for the lock of an owner's byte; the answer, and the kind of lock found.
    fn lock_of(&self, owner: u32, command: libc::c_int, kind: libc::c_int) -> (libc::c_int, libc::c_int) {
        let mut lock: libc::flock = unsafe { std::mem::zeroed() };
        lock.l_type = kind as libc::c_short;
        lock.l_whence = libc::SEEK_SET as libc::c_short;
        lock.l_start = OWNER_LOCKS_AT + i64::from(owner);
        lock.l_len = 1;
        let answer = unsafe { libc::fcntl(self.file.as_raw_fd(), command, &mut lock) };
        (answer, libc::c_int::from(lock.l_type))
    }
}

fn lock(file: &File, patience: Duration) -> io::Result<bool> {
    let until = Instant::now() + patience;
    loop {
        if unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } == 0 {
            return Ok(true);
        }
        let error = io::Error::last_os_error();
        match error.kind() {
            ErrorKind::WouldBlock if Instant::now() >= until => return Ok(false),
            ErrorKind::WouldBlock => thread::sleep(Duration::from_micros(200)),
            ErrorKind::Interrupted => {}
            _ => return Err(error),
        }
    }
}

/// Reads the constants of a file that is there, and refuses what is not a whole file of ours.
fn check(path: &Path, file: &File) -> Result<Constants, Refusal> {
    let facts = file.metadata().map_err(|error| unusable(path, "look at it", &error))?;
    if !facts.is_file() {
        return Err(refusal("FILE_FOREIGN", format!("{}: it is no file; give the path of one", path.display())));
    }
    if facts.mode() & 0o002 != 0 {
        return Err(refusal(
            "FILE_UNSAFE",
            format!("{}: anybody may write to it; take that right away (chmod o-w)", path.display()),
        ));
    }
    if is_remote(file) {
        return Err(refusal(
            "FILE_UNUSABLE",
            format!(
                "{}: it is on a network's file system, where memory is not shared; use a local one",
                path.display()
            ),
        ));
    }
    let mut constants = Constants([0; CONSTANT_BYTES]);
    let read = file.read_at(&mut constants.0, 0).map_err(|error| unusable(path, "read it", &error))?;
    if read < MAGIC.len() || constants.0[..8] != MAGIC {
        return Err(refusal(
            "FILE_FOREIGN",
            format!("{}: these {} bytes are not Holdfast's; give another path", path.display(), facts.len()),
        ));
    }
    if read < CONSTANT_BYTES || !constants.is_whole() {
        return Err(torn(path, "its header is damaged"));
    }
    if constants.u32(8) != VERSION || constants.0[24..40] != DIGEST {
        return Err(refusal(
            "FILE_OTHER_BUILD",
            format!(
                "{}: another version of Holdfast made it; give each version a file of its own, or stop what uses it and remove it",
                path.display()
            ),
        ));
    }
    if facts.len() != constants.u64(16) {
        return Err(torn(path, format_args!("it has {} bytes and should have {}", facts.len(), constants.u64(16))));
    }
    Ok(constants)
}

/// Whether the file is on a file system whose files are mapped by each machine for itself.
fn is_remote(file: &File) -> bool {
    const NFS: i64 = 0x6969;
    const SMB: [i64; 3] = [0x517b, 0xff53_4d42, 0xfe53_4d42];
    const CEPH: i64 = 0x00c3_6400;
    let mut facts: libc::statfs = unsafe { std::mem::zeroed() };
    if unsafe { libc::fstatfs(file.as_raw_fd(), &mut facts) } != 0 {
        return false;
    }
    let kind = facts.f_type as i64;
    kind == NFS || kind == CEPH || SMB.contains(&kind)
}

/// Puts a new file in the place of a stale one, unless another process has done so.
fn replace(path: &Path, stale: &File, sizes: Sizes) -> Result<(), Refusal> {
    let locked = lock(stale, Duration::from_secs(5)).map_err(|error| unusable(path, "lock it", &error))?;
    if !locked {
        return Err(refusal(
            "FILE_BUSY",
            format!("{}: another process is replacing it and does not end", path.display()),
        ));
    }
    let same = match (stale.metadata(), fs::metadata(path)) {
        (Ok(ours), Ok(there)) => ours.ino() == there.ino() && ours.dev() == there.dev(),
        _ => false,
    };
    // The lock goes with the file, which the caller closes.
    if same {
        place(path, sizes, |made| fs::rename(made, path))
    } else {
        Ok(())
    }
}

/// Makes a whole file under another name and has `put` give it its own.
fn place(path: &Path, sizes: Sizes, put: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), Refusal> {
    let id = random_id().map_err(|error| unusable(path, "have random bytes for it", &error))?;
    let suffix: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{suffix}.new"));
    let made = PathBuf::from(name);
    let result =
        make(&made, sizes, id).and_then(|()| put(&made).map_err(|error| unusable(path, "put it there", &error)));
    // It has its own name by now, or is of no use.
    let _ = fs::remove_file(&made);
    result
}

fn make(made: &Path, sizes: Sizes, id: [u8; 16]) -> Result<(), Refusal> {
    let failed = |what: &'static str| move |error: io::Error| unusable(made, what, &error);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true).mode(0o600);
    let file = options.open(made).map_err(failed("make it"))?;
    let bytes = sizes.header_bytes() + sizes.memory_bytes;
    // Room is taken now, because a mapping that runs out of it later ends the process.
    let taken = unsafe { libc::posix_fallocate(file.as_raw_fd(), 0, bytes as i64) };
    if taken != 0 {
        return Err(unusable(made, "have its bytes", &io::Error::from_raw_os_error(taken)));
    }
    let header_bytes = sizes.header_bytes() as u32;
    let mapping = Mapping::of(&file, bytes).map_err(failed("map it"))?;
    let registry = set_up(&mapping.core(header_bytes as usize), sizes)
        .map_err(|trap| refusal("FILE_UNUSABLE", format!("{}: {}", made.display(), trap.reason())))?;
    if registry == 0 {
        return Err(refusal(
            "INVALID_OPTION",
            format!(
                "a memory of {} bytes has no room for {} structures; give more bytes",
                sizes.memory_bytes, sizes.structures
            ),
        ));
    }
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut constants = Constants([0; CONSTANT_BYTES]);
    constants.put(0, &MAGIC);
    constants.put(8, &VERSION.to_le_bytes());
    constants.put(12, &header_bytes.to_le_bytes());
    constants.put(16, &bytes.to_le_bytes());
    constants.put(24, &DIGEST);
    constants.put(40, &boot_id());
    constants.put(56, &time_namespace().to_le_bytes());
    constants.put(64, &id);
    constants.put(80, &monotonic_nanoseconds().to_le_bytes());
    constants.put(88, &(wall.as_nanos() as u64).to_le_bytes());
    constants.put(96, &sizes.structures.to_le_bytes());
    constants.put(100, &registry.to_le_bytes());
    constants.seal();
    file.write_all_at(&constants.0, 0).map_err(failed("write its header"))
}

/// Sets up the arena and the registry; returns where the registry is, 0 where it has no room.
fn set_up(core: &Core, sizes: Sizes) -> Result<u32, Trap> {
    core.call_whole("arenaInit", &[sizes.memory_bytes as u32])?;
    let bytes = core.call_whole("registrySize", &[sizes.structures])?;
    let registry = core.call_whole("arenaAlloc", &[bytes])?;
    if registry != 0 {
        core.call_whole("registryInit", &[registry, sizes.structures])?;
    }
    Ok(registry)
}

fn random_id() -> io::Result<[u8; 16]> {
    let mut id = [0; 16];
    let read = unsafe { libc::getrandom(id.as_mut_ptr().cast(), id.len(), 0) };
    if read == id.len() as isize {
        Ok(id)
    } else {
        Err(io::Error::last_os_error())
    }
}

fn monotonic_nanoseconds() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
