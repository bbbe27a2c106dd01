//! Who a thread is, so that another process can tell whether it still is: its number, and when it started, because numbers come
//! round again.

use std::{fs, os::linux::fs::MetadataExt};

/// A thread of a process, as its owner slot in the file has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct Identity {
    pub thread: u32,
    pub process: u32,
    /// Clock ticks from boot to the thread's start.
    pub started: u64,
    /// Numbers mean nothing outside of their namespace.
    pub namespace: u64,
}

impl Identity {
    /// The calling thread.
    pub fn of_this_thread() -> Self {
        let thread = unsafe { libc::syscall(libc::SYS_gettid) } as u32;
        Identity {
            thread,
            process: std::process::id(),
            started: started(thread).unwrap_or(0),
            namespace: inode("/proc/self/ns/pid"),
        }
    }

    /// Whether the thread is known to have ended. False where this process cannot see it.
    pub fn has_ended(&self) -> bool {
        self.namespace == inode("/proc/self/ns/pid") && started(self.thread) != Some(self.started)
    }
}

/// When a thread started, by /proc; none where there is no such thread, or what is left of it cannot run any more.
fn started(thread: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{thread}/stat")).ok()?;
    // The name in parentheses may hold anything, also spaces and parentheses.
    let mut fields = text.get(text.rfind(')')? + 2..)?.split(' ');
    let state = fields.next()?;
    // Field 22 of proc_pid_stat(5); the state is field 3.
    let started = fields.nth(18)?.parse().ok()?;
    (!matches!(state, "Z" | "X")).then_some(started)
}

fn inode(path: &str) -> u64 {
    fs::metadata(path).map_or(0, |facts| facts.st_ino())
}

/// The namespace that CLOCK_MONOTONIC counts in; 0 on kernels that have one for all.
pub fn time_namespace() -> u64 {
    inode("/proc/self/ns/time")
}

/// Tells this run of the machine from every other.
pub fn boot_id() -> [u8; 16] {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).take(32).collect();
    u128::from_str_radix(&digits, 16).unwrap_or(0).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_living_thread_and_one_that_never_was() {
        let me = Identity::of_this_thread();
        assert!(!me.has_ended());
        assert!(Identity { started: me.started + 1, ..me }.has_ended());
        assert!(Identity { thread: u32::MAX >> 1, ..me }.has_ended());
        assert!(!Identity { started: me.started + 1, namespace: me.namespace + 1, ..me }.has_ended());
    }

    #[test]
    fn a_boot_has_an_id() {
        assert_ne!(boot_id(), [0; 16]);
        assert_eq!(boot_id(), boot_id());
    }
}
