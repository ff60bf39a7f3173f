//! Bounded fuzzing of everything that people and providers write: damaged copies of good files, from a seed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use camino::Utf8PathBuf;
use farthing_collectors::billing_export::find_bills;
use farthing_focus::Mapping;

use crate::bill::Bill;
use crate::cases;
use crate::conservation::Home;
use crate::dice::Dice;

const SEED: u64 = 4_242;

/// What means something in a bill.
const BILL_TOKENS: [&str; 22] = [
    "\"",
    "\"\"",
    ",",
    "\n",
    "\r\n",
    "\u{0}",
    "\u{feff}",
    "NaN",
    "-",
    "1e400",
    "1e-400",
    "99999999999999999999",
    "BilledCost",
    "USD",
    "2026-05-01T00:00:00Z",
    "9999-12-31",
    "{\"a\":",
    "}",
    "\\",
    "\u{fffd}",
    "'",
    ";",
];

/// What means something in TOML files of ours.
const TOML_TOKENS: [&str; 20] = [
    "[[units]]\n",
    "[[rules]]\n",
    "[[pools]]\n",
    "id = ",
    "\"",
    "\"\"\"",
    "'",
    "= ",
    "{",
    "}",
    "[[[[[[[[[[",
    "]",
    "\n",
    "parent = \"insurance\"\n",
    "version = 99999999999999999999",
    "1e999",
    "-9223372036854775808",
    "2026-02-30",
    "\u{0}",
    "\\uD800",
];

/// Runs a reader on damaged copies of `whole`; a panic fails the test and names the case.
fn damaged(what: &str, whole: &[u8], tokens: &[&str], count: u64, mut read: impl FnMut(&[u8])) {
    println!("{what}: seed {SEED}");
    for case in 0..cases(count) {
        let bytes = Dice::of(SEED, case).damage(whole, tokens);
        let read = catch_unwind(AssertUnwindSafe(|| read(&bytes)));
        assert!(read.is_ok(), "{what}: case {case} of seed {SEED} panics: {:?}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn bills_in_text() {
    let home = Home::new();
    let whole = Bill::of(&mut Dice::of(1, 1)).csv();
    // `import` holds rows and read-back sums together by itself.
    damaged("bill", &whole, &BILL_TOKENS, 120, |bytes| drop(home.import("bill.csv", bytes)));
}

#[test]
fn bills_in_packed_text() {
    let home = Home::new();
    let bill = Bill::of(&mut Dice::of(2, 2));
    damaged("gzip", &bill.gzip(), &["\u{1f}\u{8b}", "\u{0}"], 60, |bytes| drop(home.import("bill.csv.gz", bytes)));
    damaged("zstd", &bill.zstd(), &["\u{28}\u{b5}", "\u{0}"], 60, |bytes| drop(home.import("bill.csv.zst", bytes)));
}

#[test]
fn rule_files() {
    let whole = RULES.as_bytes();
    assert!(farthing_attribution::RuleSet::parse(RULES).is_ok(), "{:?}", farthing_attribution::RuleSet::parse(RULES).err());
    damaged("rules", whole, &TOML_TOKENS, 2_000, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        if let Err(problems) = farthing_attribution::RuleSet::parse(&text) {
            assert!(!problems.is_empty(), "a refusal without a reason");
        }
    });
}

#[test]
fn mappings() {
    let whole = include_str!("../../../focus/mappings/aws-cur.toml");
    damaged("mapping", whole.as_bytes(), &TOML_TOKENS, 1_000, |bytes| {
        drop(Mapping::parse("mapping.toml", &String::from_utf8_lossy(bytes)));
    });
}

/// A manifest may say what it likes: nothing outside of its folder is read.
#[test]
fn manifests() {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(folder.path().join("delivery")).unwrap();
    let manifest = r#"{"reportName":"r","billingPeriod":{"start":"20260501T000000.000Z"},"reportKeys":["p/r/NEW/r-1.csv.gz","p/r/NEW/r-2.csv.gz"]}"#;
    std::fs::create_dir_all(path.join("NEW")).unwrap();
    for name in ["NEW/r-1.csv.gz", "NEW/r-2.csv.gz", "../outside.csv"] {
        std::fs::write(path.join(name), "content").unwrap();
    }
    const TOKENS: [&str; 10] =
        ["../outside.csv", "/etc/passwd", "..", "/", "\"", "[[[[[[[[", "\\u0000", "null", "1e999", "{\"blobs\":"];
    let mut found = 0;
    damaged("manifest", manifest.as_bytes(), &TOKENS, 1_000, |bytes| {
        std::fs::write(path.join("r-Manifest.json"), bytes).unwrap();
        if let Ok(bills) = find_bills(std::slice::from_ref(&path)) {
            assert!(
                bills.files.iter().all(|file| file.path.starts_with(&path) && !file.path.as_str().contains("..")),
                "{bills:?}"
            );
            found += 1;
        }
    });
    assert!(found > 0, "no damaged manifest can be read");
}

#[test]
fn a_rule_file_of_deep_or_endless_nesting_is_refused() {
    for hostile in
        ["[".repeat(100_000), "a = ".to_owned() + &"{a=".repeat(50_000), "a.".repeat(50_000) + "b = 1", "x".repeat(1 << 20)]
    {
        let refused = std::thread::Builder::new()
            .stack_size(2 << 20)
            .spawn(move || farthing_attribution::RuleSet::parse(&hostile).is_err());
        assert!(refused.expect("a thread starts").join().expect("no reader panics"));
    }
}

const RULES: &str = r#"version = 1

[[units]]
id = "insurance"
name = "Insurance"
owner = "cfo@acme.example"

[[units]]
id = "claims"
parent = "insurance"
cost_center = "4711"
until = 2026-07-01

[[units]]
id = "platform"

[[rules]]
id = "shared"
unit = "platform"
when = { SubAccountId = "2000", ServiceName = { prefix = ["Amazon Elastic", "AWS"], not = "AWS Lambda" } }

[[rules]]
id = "apps"
unit = "claims"
when = { "tag:app" = ["claims", "triage"], ResourceId = { glob = "arn:aws:*:claims-*" } }

[[rules]]
id = "by-team"
unit_from_tag = "team"
map = { "Claims Team" = "claims" }
from = "2026-01-01"
"#;
