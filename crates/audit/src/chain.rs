//! Reads a record from its beginning and says what is wrong with it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{Checkpoint, Entry, GENESIS, Problem, PublicKey, hash_of};

/// A verification under way: checkpoints first, then every entry in the order in which they are kept.
#[derive(Debug)]
pub struct Chain {
    /// Checkpoints whose signature holds, by the entry that they vouch for.
    vouching: BTreeMap<u64, Vec<Checkpoint>>,
    checkpoints: u64,
    entries: u64,
    last: u64,
    head: String,
    problems: Vec<Problem>,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// How many entries there are.
    pub entries: u64,
    /// The hash of the last.
    pub head: String,
    /// How many checkpoints were looked at, those written outside included.
    pub checkpoints: u64,
    /// The last entry that a checkpoint vouches for: what came after it is chained, and nothing is signed yet.
    pub vouched_up_to: u64,
    /// All that is wrong; nothing is where it is empty.
    pub problems: Vec<Problem>,
}

impl Chain {
    /// Begins with the checkpoints that the database has and those that were written outside of it. Keys in `trusted` may have signed them.
    pub fn new(kept: &[Checkpoint], outside: &[Checkpoint], trusted: &[PublicKey]) -> Self {
        let mut problems = Vec::new();
        let mut vouching: BTreeMap<u64, Vec<Checkpoint>> = BTreeMap::new();
        for (checkpoint, is_outside) in kept.iter().map(|one| (one, false)).chain(outside.iter().map(|one| (one, true))) {
            let sequence = checkpoint.sequence;
            if !checkpoint.is_signed() {
                problems.push(Problem::BadSignature { sequence });
                continue;
            }
            if !trusted.contains(&checkpoint.public_key) {
                problems.push(Problem::UnknownKey { sequence, key: checkpoint.public_key });
                continue;
            }
            if is_outside && !kept.contains(checkpoint) {
                problems.push(Problem::CheckpointGone { sequence });
            }
            vouching.entry(sequence).or_default().push(checkpoint.clone());
        }
        problems.dedup();
        let checkpoints = (kept.len() + outside.len()) as u64;
        Self { vouching, checkpoints, entries: 0, last: 0, head: GENESIS.to_owned(), problems }
    }

    /// Looks at the next entry.
    pub fn take(&mut self, entry: &Entry) {
        let sequence = entry.sequence;
        self.entries += 1;
        if sequence <= self.last {
            self.problems.push(Problem::OutOfOrder { sequence, after: self.last });
        } else if sequence > self.last + 1 {
            self.problems.push(Problem::Missing { from: self.last + 1, to: sequence - 1 });
        } else if entry.previous != self.head {
            self.problems.push(Problem::Unchained { sequence });
        }
        // Numbers that no reader takes exactly were never recorded.
        if hash_of(entry).ok().as_ref() != Some(&entry.hash) {
            self.problems.push(Problem::Altered { sequence });
        }
        for checkpoint in self.vouching.get(&sequence).into_iter().flatten() {
            if checkpoint.head != entry.hash {
                self.problems.push(Problem::Rewritten { sequence, at: checkpoint.at.clone() });
            }
        }
        self.last = self.last.max(sequence);
        self.head.clone_from(&entry.hash);
    }

    /// Ends it: what checkpoints vouch for and was not there is missing.
    pub fn end(mut self) -> Verification {
        let ends = self.last;
        for checkpoint in self.vouching.range(ends + 1..).flat_map(|(_, checkpoints)| checkpoints) {
            self.problems.push(Problem::CutOff { ends, sequence: checkpoint.sequence, at: checkpoint.at.clone() });
        }
        self.problems.dedup();
        Verification {
            entries: self.entries,
            head: self.head,
            checkpoints: self.checkpoints,
            vouched_up_to: self.vouching.range(..=ends).next_back().map_or(0, |(sequence, _)| *sequence),
            problems: self.problems,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::SigningKey;

    fn record(count: u64) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        for number in 1..=count {
            let entry = Entry {
                sequence: 0,
                at: format!("2026-06-01T00:00:{:02}.000000Z", number % 60),
                actor: format!("person {}", number % 3),
                action: "document.published".to_owned(),
                subject: format!("rules v{number}"),
                details: json!({"version": number, "amount": "12.50"}),
                previous: String::new(),
                hash: String::new(),
            };
            entries.push(entry.chained(entries.last()).unwrap());
        }
        entries
    }

    fn key() -> SigningKey {
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60".parse().unwrap()
    }

    fn signed(entry: &Entry) -> Checkpoint {
        Checkpoint::sign(&key(), entry, "2026-06-01T01:00:00.000000Z".to_owned(), "hour".to_owned())
    }

    fn verified(entries: &[Entry], kept: &[Checkpoint], outside: &[Checkpoint]) -> Verification {
        let mut chain = Chain::new(kept, outside, &[key().public()]);
        entries.iter().for_each(|entry| chain.take(entry));
        chain.end()
    }

    /// Makes the hashes from `from` on fit again, as who knows the format and not the key can.
    fn rehashed(entries: &mut [Entry], from: usize) {
        for at in from..entries.len() {
            let (before, rest) = entries.split_at_mut(at);
            let entry = &mut rest[0];
            entry.sequence = at as u64 + 1;
            entry.previous = before.last().map_or_else(|| GENESIS.to_owned(), |before| before.hash.clone());
            entry.hash = hash_of(entry).unwrap();
        }
    }

    #[test]
    fn a_record_as_it_was_written_has_no_problems() {
        let entries = record(9);
        let checkpoints = [signed(&entries[3]), signed(&entries[6])];
        let verification = verified(&entries, &checkpoints, &checkpoints);
        assert_eq!(verification.problems, []);
        assert_eq!((verification.entries, verification.vouched_up_to, verification.checkpoints), (9, 7, 4));
        assert_eq!(verified(&[], &[], &[]).problems, []);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let entries = record(5);
        let checkpoint = signed(&entries[4]);
        let kept = std::slice::from_ref(&checkpoint);
        let mut altered = entries.clone();
        altered[1].actor = "somebody else".to_owned();
        assert_eq!(verified(&altered, kept, &[]).problems, [Problem::Altered { sequence: 2 }]);
        let gap: Vec<Entry> = entries.iter().filter(|entry| entry.sequence != 3).cloned().collect();
        assert_eq!(verified(&gap, kept, &[]).problems, [Problem::Missing { from: 3, to: 3 }]);
        let at = checkpoint.at.clone();
        assert_eq!(verified(&entries[..2], kept, &[]).problems, [Problem::CutOff { ends: 2, sequence: 5, at: at.clone() }]);
        rehashed(&mut altered, 1);
        assert_eq!(verified(&altered, kept, &[]).problems, [Problem::Rewritten { sequence: 5, at }]);
        // Who removes checkpoints as well is told by those outside.
        assert_eq!(verified(&altered, &[], kept).problems[0], Problem::CheckpointGone { sequence: 5 });
        let forged = Checkpoint { head: altered[4].hash.clone(), ..checkpoint.clone() };
        assert_eq!(verified(&altered, &[forged], &[]).problems, [Problem::BadSignature { sequence: 5 }]);
        let other: SigningKey = SigningKey::generate().unwrap().parse().unwrap();
        let foreign = Checkpoint::sign(&other, &altered[4], checkpoint.at.clone(), "hour".to_owned());
        let problem = Problem::UnknownKey { sequence: 5, key: other.public() };
        assert_eq!(verified(&altered, &[foreign], &[]).problems, [problem]);
    }

    #[derive(Clone, Copy, Debug)]
    enum Tampering {
        Edit,
        Delete,
        Swap,
        Truncate,
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// Whatever is done to entries that a checkpoint vouches for is found, whether or not the hashes are made to fit again.
        #[test]
        fn tampering_is_always_found(
            count in 2_u64..40,
            at in any::<proptest::sample::Index>(),
            other in any::<proptest::sample::Index>(),
            field in 0_usize..6,
            how in prop_oneof![
                Just(Tampering::Edit), Just(Tampering::Delete), Just(Tampering::Swap), Just(Tampering::Truncate)
            ],
            fits in any::<bool>(),
            numbered in any::<bool>(),
        ) {
            let original = record(count);
            let outside = [signed(&original[original.len() - 1])];
            let mut entries = original.clone();
            let (at, other) = (at.index(entries.len()), other.index(entries.len()));
            match how {
                Tampering::Edit => match field {
                    0 => entries[at].actor.push('x'),
                    1 => entries[at].action = "period.closed".to_owned(),
                    2 => entries[at].subject.clear(),
                    3 => entries[at].details["amount"] = json!("12.51"),
                    4 => entries[at].at = "2025-01-01T00:00:00.000000Z".to_owned(),
                    _ => entries[at].details["added"] = json!(null),
                },
                Tampering::Delete => drop(entries.remove(at)),
                Tampering::Swap => {
                    prop_assume!(at != other);
                    entries.swap(at, other);
                    if numbered {
                        (entries[at].sequence, entries[other].sequence) = (entries[other].sequence, entries[at].sequence);
                    }
                }
                Tampering::Truncate => entries.truncate(at),
            }
            if fits {
                rehashed(&mut entries, 0);
            }
            // With the database's own checkpoint, and where that was removed as well.
            prop_assert!(!verified(&entries, &outside, &[]).problems.is_empty());
            prop_assert!(!verified(&entries, &[], &outside).problems.is_empty());
        }
    }
}
