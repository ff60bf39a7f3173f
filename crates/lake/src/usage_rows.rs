//! Hours of inference usage as Parquet.

use arrow::array::{ArrayRef, RecordBatch};
use camino::Utf8Path;
use farthing_types::Quantity;
use farthing_usage::{Counts, Dimensions, Grain, Measured, UsageHour};

use crate::columns::{Columns, counts, decimals, is_used, moments, texts};
use crate::{LakeError, read_rows};

/// The hours as a table, one row each. Columns that came later (the time of prefill and decode, how long callers waited, and of how many requests each
/// is; latency and utilisation as measured) are left out where no hour has it, so that what was imported before them is the same file when it is
/// imported again.
///
/// # Errors
/// Never for hours that a decoder made.
pub fn usage_batch(hours: &[UsageHour]) -> Result<RecordBatch, LakeError> {
    let tags: Vec<Option<String>> = hours.iter().map(|h| (!h.dimensions.tags.is_empty()).then(|| json(&h.dimensions))).collect();
    let dimension = |get: for<'a> fn(&'a Dimensions) -> Option<&'a str>| texts(hours.iter().map(move |h| get(&h.dimensions)));
    let count = |get: fn(&Counts) -> u64| counts(hours.iter().map(move |h| Some(get(&h.counts))));
    let columns = [
        ("Hour", moments(hours.iter().map(|h| h.hour))),
        ("Grain", texts(hours.iter().map(|h| Some(grain_word(h.grain))))),
        ("Source", dimension(|d| Some(d.source.as_str()))),
        ("Model", dimension(|d| d.model.as_ref().map(|m| m.as_str()))),
        ("Workload", dimension(|d| d.workload.as_deref())),
        ("Unit", dimension(|d| d.unit.as_ref().map(|u| u.as_str()))),
        ("Principal", dimension(|d| d.principal.as_deref())),
        ("Operation", dimension(|d| d.operation.as_deref())),
        ("Provider", dimension(|d| d.provider.as_deref())),
        ("Tags", texts(tags.iter().map(|t| t.as_deref()))),
        ("Requests", count(|c| c.requests)),
        ("Errors", count(|c| c.errors)),
        ("InputTokens", count(|c| c.input_tokens)),
        ("CachedInputTokens", count(|c| c.cached_input_tokens)),
        ("CacheWriteTokens", count(|c| c.cache_write_tokens)),
        ("OutputTokens", count(|c| c.output_tokens)),
        ("ComputeSeconds", decimals(hours.iter().map(|h| h.counts.compute_seconds.map(|q| q.0)))?),
        ("Spend", decimals(hours.iter().map(|h| h.counts.spend))?),
        ("SpendCurrency", dimension(|d| d.currency.as_ref().map(|c| c.as_str()))),
    ];
    let of_some =
        |get: fn(&Counts) -> u64| counts(hours.iter().map(move |h| Some(get(&h.counts)).filter(|requests| *requests > 0)));
    let measured =
        |get: fn(&Measured) -> Option<Quantity>| decimals(hours.iter().map(move |h| get(&h.counts.measured).map(|q| q.0)));
    let later: [(&str, ArrayRef); 9] = [
        ("PrefillSeconds", decimals(hours.iter().map(|h| h.counts.prefill_seconds.map(|q| q.0)))?),
        ("DecodeSeconds", decimals(hours.iter().map(|h| h.counts.decode_seconds.map(|q| q.0)))?),
        ("TimedRequests", of_some(|c| c.timed_requests)),
        ("LatencySeconds", decimals(hours.iter().map(|h| h.counts.latency_seconds.map(|q| q.0)))?),
        ("LatencyRequests", of_some(|c| c.latency_requests)),
        ("LatencyP50Seconds", measured(|m| m.latency_p50_seconds)?),
        ("LatencyP90Seconds", measured(|m| m.latency_p90_seconds)?),
        ("LatencyP99Seconds", measured(|m| m.latency_p99_seconds)?),
        ("Utilisation", measured(|m| m.utilisation)?),
    ];
    let columns = columns.into_iter().chain(later.into_iter().filter(|(_, array)| is_used(array)));
    Ok(RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true)))?)
}

fn json(dimensions: &Dimensions) -> String {
    serde_json::to_string(&dimensions.tags).expect("a map of texts is JSON")
}

fn grain_word(grain: Grain) -> &'static str {
    match grain {
        Grain::Hour => "hour",
        Grain::Day => "day",
    }
}

/// Reads a file of hours.
///
/// # Errors
/// When the file is missing or damaged.
pub fn read_usage(path: &Utf8Path) -> Result<Vec<UsageHour>, LakeError> {
    let batch = read_rows(path)?;
    let columns = Columns::new(path, &batch);
    let (hour, grain, source) = (columns.moments("Hour")?, columns.texts("Grain")?, columns.texts("Source")?);
    let (model, workload, unit) = (columns.texts("Model")?, columns.texts("Workload")?, columns.texts("Unit")?);
    let (principal, operation) = (columns.texts("Principal")?, columns.texts("Operation")?);
    let (provider, tags, currency) = (columns.texts("Provider")?, columns.texts("Tags")?, columns.texts("SpendCurrency")?);
    let (requests, errors) = (columns.counts("Requests")?, columns.counts("Errors")?);
    let (input, cached) = (columns.counts("InputTokens")?, columns.counts("CachedInputTokens")?);
    let (written, output) = (columns.counts("CacheWriteTokens")?, columns.counts("OutputTokens")?);
    let (seconds, spend) = (columns.decimals("ComputeSeconds")?, columns.decimals("Spend")?);
    let has = |name: &str| columns.has(name);
    let later = |name: &'static str| has(name).then(|| columns.decimals(name)).transpose();
    let (prefill, decode) = (later("PrefillSeconds")?, later("DecodeSeconds")?);
    let timed = has("TimedRequests").then(|| columns.counts("TimedRequests")).transpose()?;
    let (p50, p90) = (later("LatencyP50Seconds")?, later("LatencyP90Seconds")?);
    let (p99, utilisation) = (later("LatencyP99Seconds")?, later("Utilisation")?);
    let latency = has("LatencySeconds").then(|| columns.decimals("LatencySeconds")).transpose()?;
    let waited = has("LatencyRequests").then(|| columns.counts("LatencyRequests")).transpose()?;
    (0..batch.num_rows())
        .map(|row| {
            let dimensions = Dimensions {
                source: columns.must("Source", source(row))?,
                model: columns.may("Model", model(row))?,
                workload: workload(row).map(str::to_owned),
                unit: columns.may("Unit", unit(row))?,
                principal: principal(row).map(str::to_owned),
                operation: operation(row).map(str::to_owned),
                provider: provider(row).map(str::to_owned),
                tags: match tags(row) {
                    Some(object) => serde_json::from_str(object).map_err(|_| columns.wrong("Tags"))?,
                    None => Default::default(),
                },
                currency: columns.may("SpendCurrency", currency(row))?,
            };
            let count = |name: &str, value: Option<u64>| value.ok_or_else(|| columns.wrong(name));
            let counts = Counts {
                requests: count("Requests", requests(row))?,
                errors: count("Errors", errors(row))?,
                input_tokens: count("InputTokens", input(row))?,
                cached_input_tokens: count("CachedInputTokens", cached(row))?,
                cache_write_tokens: count("CacheWriteTokens", written(row))?,
                output_tokens: count("OutputTokens", output(row))?,
                compute_seconds: seconds(row).map(Quantity),
                prefill_seconds: prefill.as_ref().and_then(|prefill| prefill(row)).map(Quantity),
                decode_seconds: decode.as_ref().and_then(|decode| decode(row)).map(Quantity),
                timed_requests: timed.as_ref().and_then(|timed| timed(row)).unwrap_or_default(),
                latency_seconds: latency.as_ref().and_then(|latency| latency(row)).map(Quantity),
                latency_requests: waited.as_ref().and_then(|waited| waited(row)).unwrap_or_default(),
                spend: spend(row),
                measured: Measured {
                    latency_p50_seconds: p50.as_ref().and_then(|p50| p50(row)).map(Quantity),
                    latency_p90_seconds: p90.as_ref().and_then(|p90| p90(row)).map(Quantity),
                    latency_p99_seconds: p99.as_ref().and_then(|p99| p99(row)).map(Quantity),
                    utilisation: utilisation.as_ref().and_then(|utilisation| utilisation(row)).map(Quantity),
                },
            };
            let grain = if grain(row) == Some("day") { Grain::Day } else { Grain::Hour };
            Ok(UsageHour { hour: hour(row).ok_or_else(|| columns.wrong("Hour"))?, grain, dimensions, counts })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use camino::Utf8PathBuf;
    use farthing_types::Amount;

    use super::*;
    use crate::write_rows;

    #[test]
    fn hours_read_back_as_they_were() {
        let mut dimensions = Dimensions::of("gateway".parse().unwrap());
        dimensions.model = Some("m".parse().unwrap());
        dimensions.tags.insert("unit".into(), "claims".into());
        dimensions.currency = Some(farthing_types::Currency::EUR);
        let counts = Counts { requests: 3, input_tokens: u64::from(u32::MAX) * 9, spend: Some(Amount::ONE), ..Counts::default() };
        let known = UsageHour { hour: "2026-05-01T07:00:00Z".parse().unwrap(), grain: Grain::Day, dimensions, counts };
        let bare = UsageHour {
            dimensions: Dimensions::of("gateway".parse().unwrap()),
            grain: Grain::Hour,
            counts: Counts::default(),
            ..known.clone()
        };
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().join("usage.parquet")).unwrap();
        let hours = vec![known, bare];
        let batch = usage_batch(&hours).unwrap();
        // As before the time of prefill and decode was kept.
        assert!(batch.column_by_name("PrefillSeconds").is_none() && batch.num_columns() == 19);
        write_rows(&path, &batch).unwrap();
        assert_eq!(read_usage(&path).unwrap(), hours);

        let mut timed = hours;
        timed[1].counts.prefill_seconds = Some(Quantity(Amount::ONE));
        timed[1].counts.decode_seconds = Some(Quantity::from_int(2));
        timed[1].counts.timed_requests = 3;
        timed[0].counts.latency_seconds = Some(Quantity::from_int(5));
        timed[0].counts.latency_requests = 4;
        let path = path.with_file_name("timed.parquet");
        write_rows(&path, &usage_batch(&timed).unwrap()).unwrap();
        assert_eq!(read_usage(&path).unwrap(), timed);

        let mut measured = timed;
        measured[0].counts.measured.latency_p99_seconds = Some(Quantity(Amount::ONE));
        measured[1].counts.measured.utilisation = Some(Quantity::from_int(0));
        let path = path.with_file_name("measured.parquet");
        write_rows(&path, &usage_batch(&measured).unwrap()).unwrap();
        assert_eq!(read_usage(&path).unwrap(), measured);
        assert_eq!(usage_batch(&[]).unwrap().num_columns(), 28);
    }
}
