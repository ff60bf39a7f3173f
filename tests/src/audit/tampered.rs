//! Whoever changes the record behind the program's back is found out: whatever was done, and however well the rest was made to fit.

use super::used;
use crate::support::{Home, NewHome, on_both_databases};

on_both_databases!(tampering_of_any_kind_is_found);

/// How many cases of each kind.
const CASES: u64 = 6;

/// Numbers that look as if they were drawn, the same each time (Steele, Lea and Flood, SplitMix64).
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % most
    }
}

fn without_triggers(home: &Home) {
    match home.is_postgresql() {
        true => drop(home.tamper("ALTER TABLE audit_entry DISABLE TRIGGER USER")),
        false => ["keeps_values", "keeps_rows", "keeps_order"].iter().for_each(|trigger| {
            home.tamper(&format!("DROP TRIGGER audit_entry_{trigger}"));
        }),
    }
}

/// The statements of one case; the same number gives the same.
fn tampering(kind: u64, drawn: &mut Drawn, entries: u64) -> Vec<String> {
    let at = 1 + drawn.below(entries);
    match kind {
        0 => {
            let change = [
                "actor = 'nobody'",
                "action = 'plan.kept'",
                "subject = 'period 1999-01'",
                "details = '{}'",
                "details = details || ' '",
                "at = '2020-01-01T00:00:00.000000Z'",
                "previous = 'zz' || substr(previous, 3)",
                "hash = 'zz' || substr(hash, 3)",
            ];
            let change = change[usize::try_from(drawn.below(change.len() as u64)).expect("a short list")];
            vec![format!("UPDATE audit_entry SET {change} WHERE sequence = {at}")]
        }
        1 => vec![format!("DELETE FROM audit_entry WHERE sequence = {at}")],
        2 => {
            let other = 1 + (at + drawn.below(entries - 1)) % entries;
            let put = |from: u64, to: i64| format!("UPDATE audit_entry SET sequence = {to} WHERE sequence = {from}");
            let (first, second) = (i64::try_from(at).expect("small"), i64::try_from(other).expect("small"));
            vec![put(at, 900), put(other, first), put(900, second)]
        }
        _ => vec![format!("DELETE FROM audit_entry WHERE sequence >= {at}")],
    }
}

fn tampering_of_any_kind_is_found(new: NewHome) {
    let (home, done) = used(new());
    without_triggers(&home);
    home.tamper("CREATE TABLE kept AS SELECT * FROM audit_entry");
    home.run(&["audit", "verify"]).exits(0);
    let mut drawn = Drawn(8);
    for kind in 0..4 {
        for case in 0..CASES {
            let statements = tampering(kind, &mut drawn, done.len() as u64);
            let changed: u64 = statements.iter().map(|statement| home.tamper(statement)).sum();
            assert!(changed > 0, "{statements:?}");
            let run = home.run(&["audit", "verify"]);
            assert_eq!(run.status, 2, "kind {kind}, case {case}: {statements:?} was not found\n{run}");
            home.tamper("DELETE FROM audit_entry");
            home.tamper("INSERT INTO audit_entry SELECT * FROM kept ORDER BY sequence");
        }
    }
    home.run(&["audit", "verify"]).exits(0);
}

/// Who knows the format can make every hash fit again, and cannot sign. Where the database's checkpoints go too, those outside tell.
#[test]
fn a_record_that_was_written_anew_is_found_by_the_checkpoints_outside() {
    let (home, _) = used(Home::new());
    without_triggers(&home);
    home.tamper("DROP TRIGGER audit_checkpoint_keeps_rows");
    home.tamper("DELETE FROM audit_entry");
    home.run(&["audit", "verify"]).exits(2).shows(&["was cut off"]);
    home.tamper("DELETE FROM audit_checkpoint");
    home.run(&["audit", "verify"]).exits(2).shows(&["was cut off", "written outside, is not in the database"]);
    // A record of other changes, every hash of which is right.
    home.write("rules.toml", format!("{}# another\n", super::RULES));
    for number in 0..9 {
        home.write("rules.toml", format!("{}# {number}\n", super::RULES));
        home.run(&["rules", "publish", "rules.toml"]).exits(0);
    }
    home.run(&["audit", "verify"]).exits(2).shows(&["were written anew"]);
}
