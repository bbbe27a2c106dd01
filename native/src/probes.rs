//! What the operating system knows and Node does not tell.

use std::{fs, mem, time::Duration};

use napi::Error;
use napi_derive::napi;

/// Processor time of one thread.
#[napi(object)]
pub struct ThreadTime {
    /// Milliseconds in its own code.
    pub user_ms: f64,
    /// Milliseconds in the system's.
    pub system_ms: f64,
    /// How often it gave the processor away, to wait for something.
    pub waited: f64,
    /// How often the processor was taken from it.
    pub preempted: f64,
}

fn milliseconds(time: libc::timeval) -> f64 {
    Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1000).as_secs_f64() * 1000.0
}

/// Processor time of the calling thread, by getrusage(2).
#[napi]
pub fn thread_time() -> ThreadTime {
    let mut usage: libc::rusage = unsafe { mem::zeroed() };
    unsafe { libc::getrusage(libc::RUSAGE_THREAD, &mut usage) };
    ThreadTime {
        user_ms: milliseconds(usage.ru_utime),
        system_ms: milliseconds(usage.ru_stime),
        waited: usage.ru_nvcsw as f64,
        preempted: usage.ru_nivcsw as f64,
    }
}

/// For what share of time tasks stood still for want of a resource.
#[napi(object)]
pub struct Stall {
    /// Shares from 0 to 1 over the last 10, 60 and 300 seconds.
    #[napi(js_name = "share10s")]
    pub share10s: f64,
    #[napi(js_name = "share60s")]
    pub share60s: f64,
    #[napi(js_name = "share300s")]
    pub share300s: f64,
    /// Milliseconds since the machine was started.
    pub total_ms: f64,
}

/// Pressure on one resource.
#[napi(object)]
pub struct Pressure {
    /// At least one task stood still.
    pub some: Stall,
    /// All tasks did. For the processor only some kernels tell.
    pub full: Option<Stall>,
}

/// Pressure stall information of a resource: "cpu", "memory" or "io"; of the whole machine, or of a control group's folder.
#[napi]
pub fn pressure(resource: String, group: Option<String>) -> Result<Option<Pressure>, Error<&'static str>> {
    if !matches!(resource.as_str(), "cpu" | "memory" | "io") {
        return Err(Error::new(
            "INVALID_OPTION",
            format!("resource: {resource:?} is none; give \"cpu\", \"memory\" or \"io\""),
        ));
    }
    let file = match group {
        None => format!("/proc/pressure/{resource}"),
        Some(folder) => format!("{folder}/{resource}.pressure"),
    };
    // Kernels without it, and containers that hide it, have no such file, or refuse to have it read.
    Ok(fs::read_to_string(file).ok().and_then(|text| read(&text)))
}

/// Reads what proc_pressure tells: lines `some avg10=0.00 avg60=0.00 avg300=0.00 total=0` and the same with `full`.
fn read(text: &str) -> Option<Pressure> {
    let line = |name: &str| text.lines().find_map(|line| stall(line.strip_prefix(name)?));
    Some(Pressure { some: line("some ")?, full: line("full ") })
}

fn stall(fields: &str) -> Option<Stall> {
    let field = |name: &str| -> Option<f64> {
        fields.split_whitespace().find_map(|field| field.strip_prefix(name)?.strip_prefix('='))?.parse().ok()
    };
    Some(Stall {
        share10s: field("avg10")? / 100.0,
        share60s: field("avg60")? / 100.0,
        share300s: field("avg300")? / 100.0,
        total_ms: field("total")? / 1000.0,
    })
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn reads_what_the_kernel_writes() {
        let text =
            "some avg10=12.50 avg60=1.00 avg300=0.25 total=2500\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
        let pressure = read(text).expect("it is whole");
        assert_eq!(pressure.some.share10s, 0.125);
        assert_eq!(pressure.some.total_ms, 2.5);
        assert_eq!(pressure.full.expect("a line of its own").total_ms, 0.0);
    }

    #[test]
    fn wants_all_of_some_and_can_do_without_full() {
        assert!(
            read("some avg10=0.00 avg60=0.00 avg300=0.00 total=7\n").is_some_and(|pressure| pressure.full.is_none())
        );
        assert!(read("some avg10=0.00 avg60=0.00 total=7\n").is_none());
        assert!(read("").is_none());
    }
}
