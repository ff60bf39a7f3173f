use std::sync::Arc;

use camino::Utf8PathBuf;
use farthing_usage::otlp::{Options, RunningTotal, Span, SpanBlock, SpanFact, receive};
use farthing_usage::{Counts, Dimensions, UsageHour};
use proptest::prelude::*;

use super::*;

/// 2026-05-01T07:00:00Z.
const HOUR: u64 = 1_777_618_800;

fn span(id: u64, second: u64, tokens: u64) -> Span {
    let attributes = [("gen_ai.operation.name", "chat".to_owned()), ("gen_ai.usage.input_tokens", tokens.to_string())];
    Span {
        trace_id: format!("{:032x}", id / 7 + 1),
        span_id: format!("{:016x}", id + 1),
        kind: 3,
        start_time_unix_nano: format!("{}000000000", HOUR + second),
        attributes: attributes.map(|(name, value)| (name.to_owned(), value)).into(),
        resource: Arc::new([("service.name".to_owned(), format!("w{}", id % 3))].into()),
        ..Span::default()
    }
}

fn block(spans: &[Span]) -> SpanBlock {
    let received = receive(spans, &Options::of("otlp".parse().unwrap()), |_| Ok(()));
    assert!(received.refused.is_empty(), "{:?}", received.refused);
    received.block
}

/// What sums have come to at a moment: three calls a second each.
fn totals(of: &[u64], second: u64) -> SpanBlock {
    let total = |stream: &u64| RunningTotal {
        stream: u128::from(*stream) + 1,
        began: HOUR * 1_000_000_000,
        time: (HOUR + second) * 1_000_000_000,
        from: 0,
        counts: Counts { requests: second * 3, ..Counts::default() },
        dimensions: 0,
    };
    SpanBlock { dimensions: vec![Dimensions::of("otlp".parse().unwrap())], totals: of.iter().map(total).collect(), spans: vec![] }
}

/// What a log record says of the call of a span, so many seconds after it began.
fn log_of(id: u64, second: u64, after: u64, tokens: u64) -> SpanBlock {
    let mut block = block(&[span(id, second, tokens)]);
    let fact = block.spans[0];
    block.spans[0] = SpanFact { at: fact.at + after as i64 * 1_000_000_000, of_log: true, ..fact };
    block
}

fn folder() -> (farthing_testkit::Home, Utf8PathBuf) {
    let home = farthing_testkit::Home::new();
    let folder = Utf8PathBuf::from_path_buf(home.path().join("received/otlp")).unwrap();
    (home, folder)
}

/// All journals but the one that is written to, sorted.
fn sort_all(spool: &Spool, before: u64) {
    spool.journals().unwrap().into_iter().filter(|journal| *journal < before).for_each(|journal| spool.sort(journal).unwrap());
}

/// What the hours have in all.
fn total(spool: &Spool) -> Counts {
    let month = "2026-05".parse().unwrap();
    let hours = spool.hours_of(month).unwrap();
    let usage: Vec<UsageHour> = hours.iter().flat_map(|hour| spool.usage_of(*hour).unwrap().0).collect();
    usage.iter().fold(Counts::default(), |sum, hour| sum.checked_add(&hour.counts).unwrap())
}

fn settle_all(spool: &Spool) {
    spool.waiting_hours().unwrap().into_iter().for_each(|hour| spool.settle(hour).unwrap());
}

#[test]
fn spans_come_from_the_journal_to_their_hours() {
    let (_home, folder) = folder();
    let spool = Spool::open(&folder).unwrap();
    let mut journal = spool.new_journal().unwrap();
    journal.append(&block(&[span(1, 0, 10), span(2, 3_599, 20)]).to_bytes()).unwrap();
    journal.append(&block(&[span(3, 3_600, 40)]).to_bytes()).unwrap();
    let journal = journal.next().unwrap();
    sort_all(&spool, journal.number());
    let waiting = spool.waiting_hours().unwrap();
    let starts: Vec<String> = waiting.iter().map(|hour| hour.start().to_rfc3339()).collect();
    assert_eq!(starts, ["2026-05-01T07:00:00+00:00", "2026-05-01T08:00:00+00:00"]);
    assert_eq!(waiting[1].before(), waiting[0]);
    let (usage, merged) = spool.usage_of(waiting[0]).unwrap();
    assert_eq!((usage.len(), merged.spans), (2, 2));
    assert_eq!((total(&spool).input_tokens, total(&spool).requests), (70, 3));
    assert!(spool.waiting_bytes().unwrap() > 0);
    settle_all(&spool);
    assert_eq!((spool.waiting_hours().unwrap().len(), spool.waiting_bytes().unwrap()), (0, 0));
    // They are still known: the same again changes nothing.
    let mut journal = journal;
    journal.append(&block(&[span(2, 3_599, 20), span(4, 5, 1)]).to_bytes()).unwrap();
    sort_all(&spool, journal.next().unwrap().number());
    assert_eq!((total(&spool).input_tokens, total(&spool).requests), (71, 4));
}

#[test]
fn two_processes_do_not_share_a_spool() {
    let (_home, folder) = folder();
    let first = Spool::open(&folder).unwrap();
    assert!(matches!(Spool::open(&folder), Err(SpoolError::Held(_))));
    drop(first);
    Spool::open(&folder).unwrap();
}

#[test]
fn a_journal_that_broke_off_gives_every_whole_block() {
    let (_home, folder) = folder();
    let blocks: Vec<Vec<u8>> = (0..3).map(|id| block(&[span(id, id, 1 << (8 * id))]).to_bytes()).collect();
    let whole = blocks.concat();
    let ends: Vec<usize> = (1..=3).map(|count| blocks[..count].concat().len()).collect();
    for cut in (0..=whole.len()).step_by(7).chain(ends.clone()) {
        let spool = Spool::open(&folder).unwrap();
        let journal = spool.new_journal().unwrap();
        std::fs::write(folder.join("journal").join(format!("{:08}", journal.number())), &whole[..cut]).unwrap();
        spool.sort(journal.number()).unwrap();
        let expected: u64 = (0..3).filter(|at| ends[*at] <= cut).map(|at| 1 << (8 * at)).sum();
        assert_eq!(total(&spool).input_tokens, expected, "cut at {cut}");
        drop(spool);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

#[test]
fn many_runs_become_one_and_say_the_same() {
    let (_home, folder) = folder();
    let spool = Spool::open(&folder).unwrap();
    let mut journal = spool.new_journal().unwrap();
    for round in 0..40 {
        // Each round repeats a span of the one before.
        journal.append(&block(&[span(round, 1, 1), span(round + 1, 1, 1)]).to_bytes()).unwrap();
        journal = journal.next().unwrap();
        sort_all(&spool, journal.number());
        settle_all(&spool);
        assert_eq!(total(&spool).requests, round + 2);
    }
    let files = std::fs::read_dir(folder.join("hours/2026-05/2026-05-01T07")).unwrap().count();
    assert!(files < 16, "{files}");
    // A number is never given again while a run has it.
    drop((spool, journal));
    let spool = Spool::open(&folder).unwrap();
    assert_eq!(spool.new_journal().unwrap().number(), 42);
}

#[test]
fn what_a_revision_had_before_is_added_to() {
    let (_home, folder) = folder();
    let spool = Spool::open(&folder).unwrap();
    let mut journal = spool.new_journal().unwrap();
    journal.append(&block(&[span(0, 0, 5)]).to_bytes()).unwrap();
    sort_all(&spool, journal.next().unwrap().number());
    let hour = spool.waiting_hours().unwrap()[0];
    assert!(!spool.has_base(hour));
    let before = spool.usage_of(hour).unwrap().0;
    spool.note_base(hour, &before).unwrap();
    assert!(spool.has_base(hour));
    assert_eq!(total(&spool).input_tokens, 10);
}

#[test]
fn what_a_log_record_says_of_a_call_gives_way_to_its_span_in_the_hour_before() {
    let (_home, folder) = folder();
    let spool = Spool::open(&folder).unwrap();
    let mut journal = spool.new_journal().unwrap();
    // The call began at the end of an hour; another has no span.
    journal.append(&log_of(1, 3_599, 2, 9).to_bytes()).unwrap();
    journal.append(&log_of(2, 3_598, 4, 5).to_bytes()).unwrap();
    journal = journal.next().unwrap();
    sort_all(&spool, journal.number());
    assert_eq!((total(&spool).requests, total(&spool).input_tokens), (2, 14));
    settle_all(&spool);
    journal.append(&block(&[span(1, 3_599, 10)]).to_bytes()).unwrap();
    sort_all(&spool, journal.next().unwrap().number());
    assert_eq!((total(&spool).requests, total(&spool).input_tokens), (2, 15));
}

#[test]
fn sums_go_on_over_journals_and_restarts_and_a_number_is_never_given_again() {
    let (_home, folder) = folder();
    let mut number = 0;
    for second in [10, 20, 20, 15, 5_000] {
        let spool = Spool::open(&folder).unwrap();
        spool.begin_sums(0).unwrap();
        let mut journal = spool.new_journal().unwrap();
        assert!(journal.number() > number);
        journal.append(&totals(&[1, 2], second).to_bytes()).unwrap();
        number = journal.next().unwrap().number();
        sort_all(&spool, number);
        settle_all(&spool);
    }
    let spool = Spool::open(&folder).unwrap();
    assert_eq!(total(&spool).requests, 2 * 5_000 * 3);
    // What was added between the second point and the last counts in the hour of the second.
    assert_eq!(spool.hours_of("2026-05".parse().unwrap()).unwrap().len(), 1);
    std::fs::write(folder.join("sums.json"), "{").unwrap();
    assert!(matches!(spool.begin_sums(0), Err(SpoolError::Damaged { .. })));
}

#[test]
fn hours_are_forgotten_when_no_span_of_them_is_taken_any_more() {
    let (_home, folder) = folder();
    let spool = Spool::open(&folder).unwrap();
    let mut journal = spool.new_journal().unwrap();
    journal.append(&block(&[span(0, 0, 5), span(1, 7_200, 6)]).to_bytes()).unwrap();
    sort_all(&spool, journal.next().unwrap().number());
    let waiting = spool.waiting_hours().unwrap();
    // What is in no revision stays, however old.
    spool.forget(waiting[1].start()).unwrap();
    assert_eq!(total(&spool).input_tokens, 11);
    settle_all(&spool);
    spool.forget(waiting[1].start()).unwrap();
    assert_eq!(total(&spool).input_tokens, 6);
}

#[test]
fn a_damaged_run_is_named() {
    let (_home, folder) = folder();
    let spool = Spool::open(&folder).unwrap();
    let mut journal = spool.new_journal().unwrap();
    journal.append(&block(&[span(0, 0, 5)]).to_bytes()).unwrap();
    sort_all(&spool, journal.next().unwrap().number());
    let run = spool.waiting_runs().unwrap().remove(0);
    let mut bytes = std::fs::read(&run).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&run, bytes).unwrap();
    let error = spool.usage_of(spool.waiting_hours().unwrap()[0]).unwrap_err();
    assert!(error.to_string().contains("00000001.new"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A process dies between any two steps, and the next goes on: what was acknowledged is there once, whatever is sent again.
    #[test]
    fn f1_a_crash_between_any_two_steps_loses_and_doubles_nothing(
        steps in prop::collection::vec((0..5_u8, prop::collection::vec(0..30_u64, 0..6), any::<bool>()), 1..20),
    ) {
        let (_home, folder) = folder();
        let mut spool = Spool::open(&folder).unwrap();
        let mut journal = spool.new_journal().unwrap();
        let mut acknowledged = std::collections::BTreeSet::new();
        // Sums that go on come beside them, and what each has come to.
        let (mut second, mut sums) = (0, std::collections::BTreeMap::new());
        for (step, ids, dies) in steps {
            match step {
                0 | 1 => {
                    let spans: Vec<Span> = ids.iter().map(|id| span(*id, id * 400, id + 1)).collect();
                    journal.append(&block(&spans).to_bytes()).unwrap();
                    let of: Vec<u64> = ids.iter().map(|id| id % 4).collect();
                    second += 700;
                    journal.append(&totals(&of, second).to_bytes()).unwrap();
                    sums.extend(of.into_iter().map(|stream| (stream, second * 3)));
                    acknowledged.extend(ids);
                }
                2 => {
                    // Dead after the runs are written and before the journal is gone: the same journal is sorted again.
                    let path = folder.join("journal").join(format!("{:08}", journal.number()));
                    let copy = std::fs::read(&path).unwrap();
                    let old = journal.number();
                    journal = journal.next().unwrap();
                    spool.sort(old).unwrap();
                    std::fs::write(&path, copy).unwrap();
                }
                3 => {
                    journal = journal.next().unwrap();
                    sort_all(&spool, journal.number());
                }
                _ => settle_all(&spool),
            }
            if dies {
                drop(spool);
                spool = Spool::open(&folder).unwrap();
                journal = spool.new_journal().unwrap();
            }
        }
        let last = journal.next().unwrap();
        sort_all(&spool, last.number());
        let expected: u64 = acknowledged.iter().map(|id| id + 1).sum();
        let counts = total(&spool);
        let requests = acknowledged.len() as u64 + sums.values().sum::<u64>();
        prop_assert_eq!((counts.requests, counts.input_tokens), (requests, expected));
    }
}
