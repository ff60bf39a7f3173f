//! The decoders on real files, against sums taken from the text by other means.

use std::io::Read;
use std::path::PathBuf;

use farthing_types::Amount;

use crate::litellm;
use crate::request_trace::{Options, decode};
use crate::{Counts, DecodeError, Rollup, RollupError, SeenIds};

#[allow(clippy::disallowed_methods)]
fn shared(path: &str) -> Option<PathBuf> {
    let Ok(folder) = std::env::var("FARTHING_SHARED") else {
        eprintln!("skipped: FARTHING_SHARED is not set");
        return None;
    };
    Some(PathBuf::from(folder).join("data").join(path))
}

fn text_of(path: &str) -> Option<String> {
    let file = std::fs::File::open(shared(path)?).unwrap();
    let mut text = String::new();
    if path.ends_with(".gz") {
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    } else {
        std::io::BufReader::new(file).read_to_string(&mut text).unwrap();
    }
    Some(text)
}

/// Column sums by splitting at commas: the traces quote nothing.
fn column_sum(text: &str, column: usize) -> u64 {
    text.lines().skip(1).map(|line| line.split(',').nth(column).unwrap().trim().parse::<u64>().unwrap()).sum()
}

#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error(transparent)]
    Rollup(#[from] RollupError),
}

fn total(text: &str) -> (Counts, u64, usize) {
    let options = Options::of("azure-llm-2023".parse().unwrap());
    let mut rollup = Rollup::with_limit(1_000);
    let report = decode(text.as_bytes(), &options, |record| -> Result<(), Failed> { Ok(rollup.add(&record)?) }).unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    let hours = rollup.into_hours();
    let sum = hours.iter().fold(Counts::default(), |sum, h| sum.checked_add(&h.counts).unwrap());
    (sum, report.rows, hours.len())
}

#[test]
fn azures_requests_sum_to_its_minutes() {
    for (name, requests) in [("code", 8_819), ("conv", 19_366)] {
        let Some(each) = text_of(&format!("traces/azure_llm_2023/AzureLLMInferenceTrace_{name}.csv.gz")) else { return };
        let Some(minutes) = text_of(&format!("traces/azure_llm_2023/{name}_per_minute.csv")) else { return };
        let (by_request, rows, hours) = total(&each);
        assert_eq!((rows, by_request.requests), (requests, requests));
        assert_eq!(hours, 2, "18:15 to 19:14 lies in two hours");
        assert_eq!(by_request.input_tokens, column_sum(&each, 1));
        assert_eq!(by_request.output_tokens, column_sum(&each, 2));

        let (by_minute, rows, _) = total(&minutes);
        assert_eq!(rows, minutes.lines().count() as u64 - 1);
        assert_eq!(by_minute, by_request);
    }
}

#[test]
fn litellms_daily_rows_keep_every_digit_of_spend() {
    let Some(text) = text_of("focus/litellm_export/litellm_source_rows.csv") else { return };
    let mut rollup = Rollup::with_limit(1_000);
    let options = litellm::Options::of("gateway".parse().unwrap());
    let report =
        litellm::decode(text.as_bytes(), &options, &mut SeenIds::default(), |r| -> Result<(), Failed> { Ok(rollup.add(&r)?) })
            .unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    assert_eq!((report.rows, report.records, report.duplicates), (372, 372, 0));
    let hours = rollup.into_hours();
    let spend: Amount = hours.iter().map(|h| h.counts.spend.unwrap()).sum();
    // The texts are those of binary fractions (0.22391999999999998): their exact sum is 270.6222443800000009478.
    let exact = Amount::parse(b"270.6222443800000009478").unwrap();
    assert_eq!(spend.round(8).to_string(), "270.62224438");
    let left_out = (exact.amount.atto() - spend.atto()) * Amount::ONE.atto() + exact.residue;
    assert_eq!(report.spend_residue, left_out);

    assert_eq!(hours.iter().map(|h| h.counts.input_tokens).sum::<u64>(), column_sum(&text, 7));
    assert_eq!(hours.iter().map(|h| h.counts.output_tokens).sum::<u64>(), column_sum(&text, 8));
    assert_eq!(hours.iter().map(|h| h.counts.requests).sum::<u64>(), column_sum(&text, 10));
    assert!(hours.iter().all(|h| h.grain == crate::Grain::Day && h.hour.timestamp() % 86_400 == 0));
    assert!(hours.iter().all(|h| h.counts.compute_seconds.is_none()));
}
