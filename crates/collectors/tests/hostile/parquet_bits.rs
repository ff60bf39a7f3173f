//! F6: Parquet files with turned bits. The decoder may refuse or end its process, but never takes another process down, and what
//! it imports conserves every row and sum of the file that it was given.
//!
//! The files go to children of this test in batches, under a limit on memory: one that ends its child is noted, and the next
//! child goes on after it. `FARTHING_FUZZ_CASES=10000` is the long form.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;

use crate::bill::Bill;
use crate::cases;
use crate::conservation::Home;
use crate::dice::Dice;

const SEED: u64 = 66;

/// What the children are told: the first case and the one after the last.
const BATCH: &str = "FARTHING_TEST_BATCH";

/// Good files of several kinds.
fn wholes() -> Vec<Vec<u8>> {
    (0..4).map(|case| Bill::of(&mut Dice::of(SEED, 1_000_000 + case)).parquet()).collect()
}

/// Turns one to four bits, half of the time in the footer, which says where everything is.
fn turned(whole: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    let footer = u32::from_le_bytes(whole[whole.len() - 8..whole.len() - 4].try_into().unwrap()) as usize + 8;
    for _ in 0..=dice.below(4) {
        let at = match dice.below(2) {
            0 => dice.below(bytes.len()),
            _ => bytes.len() - 1 - dice.below(footer),
        };
        bytes[at] ^= 1 << dice.below(8);
    }
    bytes
}

/// Reads the cases of a batch and says for each how it ended: the first letter of a line.
#[test]
fn f6_one_batch() {
    let (first, end) = batch().unwrap_or((0, 40));
    let (home, wholes) = (Home::new(), wholes());
    for case in first..end {
        let mut dice = Dice::of(SEED, case);
        let bytes = turned(&wholes[case as usize % wholes.len()], &mut dice);
        println!("\nbegins {case}");
        // A panic ends a decoder's process; here it ends the case.
        let ended = match catch_unwind(AssertUnwindSafe(|| home.import("bill.parquet", &bytes))) {
            Ok(Ok(_)) => "imported",
            Ok(Err(error)) if error.contains("bill.parquet") => "refused",
            Ok(Err(error)) => panic!("case {case}: the refusal does not name the file: {error}"),
            Err(panic) => match panic.downcast_ref::<String>() {
                Some(text) if text.contains("neither published") || text.contains("reads back") => panic!("case {case}: {text}"),
                _ => "panicked",
            },
        };
        println!("\nended {case} {ended}");
    }
}

#[allow(clippy::disallowed_methods)]
fn batch() -> Option<(u64, u64)> {
    let text = std::env::var(BATCH).ok()?;
    let (first, end) = text.split_once("..").expect("a batch is such as 0..100");
    let limit = 1 << 30;
    rlimit::setrlimit(rlimit::Resource::DATA, limit, limit).expect("a limit can be lowered");
    Some((first.parse().expect("a number"), end.parse().expect("a number")))
}

#[test]
fn f6_turned_bits_never_import_a_wrong_sum_and_never_end_another_process() {
    let count = cases(1_000);
    println!("seed {SEED}, {count} cases");
    let (mut next, mut ended) = (0, std::collections::BTreeMap::<String, u64>::new());
    while next < count {
        let end = (next + 250).min(count);
        let this = std::env::current_exe().expect("the system knows the path of a running program");
        let mut child = Command::new(this);
        child.args(["--exact", "parquet_bits::f6_one_batch", "--nocapture"]).env(BATCH, format!("{next}..{end}"));
        let output = child.output().expect("the child starts");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        for line in said.lines().filter_map(|line| line.strip_prefix("ended ")) {
            let (_, how) = line.split_once(' ').expect("a case and how it ended");
            *ended.entry(how.to_owned()).or_default() += 1;
        }
        if output.status.success() {
            next = end;
            continue;
        }
        assert_ne!(output.status.code(), Some(101), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
        // It was ended from within a case: go on behind it.
        let last = said.lines().rev().find_map(|line| line.strip_prefix("begins ")).and_then(|case| case.parse::<u64>().ok());
        let last = last.unwrap_or_else(|| panic!("the child did not begin: {}", String::from_utf8_lossy(&output.stderr)));
        println!("case {last} ended its process ({}): {}", output.status, String::from_utf8_lossy(&output.stderr));
        *ended.entry("ended its process".to_owned()).or_default() += 1;
        next = last + 1;
    }
    println!("{ended:?}");
    assert_eq!(ended.values().sum::<u64>(), count, "every case ends in one way: {ended:?}");
    assert!(ended.contains_key("refused"), "{ended:?}");
}
