//! Files that nobody would write on purpose, made from a seed: what is read of them conserves every farthing, and no reader
//! panics. The seed is printed; the same seed is the same files.

#![cfg(test)]

mod bill;
mod conservation;
mod dice;
mod parquet_bits;
mod readers;

/// How many cases: `default`, or what the environment variable says. `FARTHING_FUZZ_CASES=10000` is the long form.
#[allow(clippy::disallowed_methods)]
fn cases(default: u64) -> u64 {
    std::env::var("FARTHING_FUZZ_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}
