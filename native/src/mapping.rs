//! Pieces of address space that show a file, or memory of their own.

use std::{
    fs::File,
    io,
    os::fd::AsRawFd,
    ptr::{self, NonNull},
};

use crate::core::Core;

pub struct Mapping {
    base: NonNull<u8>,
    bytes: usize,
}

// Several processes work on it at once anyway.
unsafe impl Send for Mapping {}
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Shows the first `bytes` bytes of a file.
    pub fn of(file: &File, bytes: u64) -> io::Result<Self> {
        Mapping::new(bytes as usize, libc::MAP_SHARED, file.as_raw_fd())
    }

    /// Memory of its own, all zeros.
    pub fn anonymous(bytes: u64) -> io::Result<Self> {
        Mapping::new(bytes as usize, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1)
    }

    fn new(bytes: usize, flags: libc::c_int, file: libc::c_int) -> io::Result<Self> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let base = unsafe { libc::mmap(ptr::null_mut(), bytes, protection, flags, file, 0) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Mapping { base: NonNull::new(base.cast()).expect("a mapping is not at 0"), bytes })
    }

    /// What comes from `offset` on: where, and how many bytes.
    pub fn from(&self, offset: usize) -> (*mut u8, usize) {
        assert!(offset <= self.bytes);
        (unsafe { self.base.as_ptr().add(offset) }, self.bytes - offset)
    }

    /// A core over what comes from `offset` on; the mapping must outlive it.
    pub fn core(&self, offset: usize) -> Core {
        let (data, bytes) = self.from(offset);
        unsafe { Core::over(data, bytes as u64) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.bytes) };
    }
}
