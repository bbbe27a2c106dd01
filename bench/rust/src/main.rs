//! The peers that are written in Rust, measured as the others are: `holdfast-bench-peers CASE` reads lines, each a number of
//! milliseconds, runs batches for as long, and answers each with a line of JSON, the nanoseconds of one run in each batch.

use governor::clock::{FakeRelativeClock, QuantaClock};
use governor::{Quota, RateLimiter};
use std::hint::black_box;
use std::io::BufRead;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};
use xxhash_rust::{xxh3::xxh3_64, xxh64::xxh64};

/// As long as a batch of `bench/harness/sampler.ts`.
const BATCH: Duration = Duration::from_micros(500);

/// Batches of `run`, of a size that fits, until `time` is over.
fn sample(run: &mut dyn FnMut(u64), count: &mut u64, time: Duration) -> Vec<f64> {
    let started = Instant::now();
    let mut samples = Vec::new();
    loop {
        let batch = Instant::now();
        run(*count);
        let took = batch.elapsed();
        samples.push(took.as_nanos() as f64 / *count as f64);
        let fits = (*count as u128 * BATCH.as_nanos() / took.as_nanos().max(1)) as u64;
        *count = fits.clamp(1, (*count * 2).min(1 << 20));
        if samples.len() >= 5 && started.elapsed() >= time {
            return samples;
        }
    }
}

/// Answers the lines of standard input.
fn serve(mut run: impl FnMut(u64)) {
    let mut count = 1;
    for line in std::io::stdin().lock().lines() {
        let ms: f64 = line.expect("a line").trim().parse().expect("milliseconds");
        let samples = sample(&mut run, &mut count, Duration::from_secs_f64(ms / 1000.0));
        println!("{samples:?}");
    }
}

/// A quota that refuses nothing.
fn quota() -> Quota {
    let most = NonZeroU32::new(1_000_000_000).unwrap();
    Quota::per_second(most).allow_burst(most)
}

/// The keys of `bench/core/keys.ts`, and its walk over them.
fn keys(count: usize) -> (Vec<String>, Vec<u32>) {
    let keys = (0..count).map(|i| format!("user-{}", 1_000_000_000u64 + i as u64 * 7_919)).collect();
    let mut state: u32 = 88_172_645;
    let order = (0..1 << 20).map(|_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state % count as u32
    });
    (keys, order.collect())
}

fn keyed(count: usize) {
    let clock = FakeRelativeClock::default();
    let limiter = RateLimiter::dashmap_with_clock(quota(), clock.clone());
    let (keys, order) = keys(count);
    for key in &keys {
        let _ = black_box(limiter.check_key(key));
    }
    let mut at = 0;
    serve(|count| {
        for _ in 0..count {
            let _ = black_box(limiter.check_key(&keys[order[at] as usize]));
            at = (at + 1) & (order.len() - 1);
        }
    });
}

fn hash(hash: fn(&[u8]) -> u64, bytes: usize) {
    let text: Vec<u8> = (0..bytes).map(|i| (i * 7) as u8).collect();
    serve(|count| {
        for _ in 0..count {
            black_box(hash(black_box(&text)));
        }
    });
}

fn main() {
    let case = std::env::args().nth(1).expect("give a case");
    match case.as_str() {
        "governor" => {
            let limiter = RateLimiter::direct_with_clock(quota(), QuantaClock::default());
            serve(|count| {
                for _ in 0..count {
                    let _ = black_box(limiter.check());
                }
            });
        }
        "governor-time-passed" => {
            let clock = FakeRelativeClock::default();
            let limiter = RateLimiter::direct_with_clock(quota(), clock.clone());
            serve(|count| {
                for _ in 0..count {
                    clock.advance(Duration::from_micros(1));
                    let _ = black_box(limiter.check());
                }
            });
        }
        "governor-100k" => keyed(100_000),
        "governor-1m" => keyed(1_000_000),
        "xxh64-15" => hash(|bytes| xxh64(bytes, 0), 15),
        "xxh64-64k" => hash(|bytes| xxh64(bytes, 0), 65_536),
        "xxh3-64k" => hash(xxh3_64, 65_536),
        other => panic!("there is no case {other}"),
    }
}
