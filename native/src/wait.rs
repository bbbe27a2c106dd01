//! Sleeping until a word changes, over processes: futexes that are not private to one.

use std::{ptr, time::Duration};

const WOKEN: u32 = 0;
const MOVED_ON: u32 = 1;
const TIME_OVER: u32 = 2;

/// As `memory.atomic.wait32`: 0 woken, 1 the word was another already, 2 the time was over. An interrupted sleep counts as
/// woken, because whoever wakes looks again.
#[no_mangle]
pub extern "C" fn hf_wait(word: *const u32, expected: u32, nanoseconds: i64) -> u32 {
    let limit = u64::try_from(nanoseconds).ok().map(|nanoseconds| {
        let span = Duration::from_nanos(nanoseconds);
        libc::timespec { tv_sec: span.as_secs() as libc::time_t, tv_nsec: span.subsec_nanos().into() }
    });
    let limit = limit.as_ref().map_or(ptr::null(), |limit| limit as *const libc::timespec);
    let slept = unsafe { libc::syscall(libc::SYS_futex, word, libc::FUTEX_WAIT, expected, limit) };
    if slept == 0 {
        return WOKEN;
    }
    match std::io::Error::last_os_error().raw_os_error() {
        Some(libc::EAGAIN) => MOVED_ON,
        Some(libc::ETIMEDOUT) => TIME_OVER,
        _ => WOKEN,
    }
}

/// Wakes everybody who sleeps at the word.
#[no_mangle]
pub extern "C" fn hf_notify(word: *const u32) {
    unsafe { libc::syscall(libc::SYS_futex, word, libc::FUTEX_WAKE, i32::MAX) };
}
