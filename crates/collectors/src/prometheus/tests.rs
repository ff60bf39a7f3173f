use chrono::TimeDelta;
use farthing_testkit::FakeApi;

use super::retention;
use crate::source::SourcesFile;
use crate::source::testing::{collect_all, open};

/// A counter that gains one a step, from the seconds that are asked for.
fn answer(path: &str) -> (u16, String) {
    if path.contains("runtimeinfo") {
        return (200, "{\"status\":\"success\",\"data\":{\"storageRetention\":\"60d\"}}".into());
    }
    let of = |name: &str| -> i64 {
        let (_, rest) = path.split_once(&format!("{name}=")).unwrap();
        rest.split('&').next().unwrap().parse().unwrap()
    };
    if !path.contains("prompt_tokens_total") {
        return (200, "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[]}}".into());
    }
    let (start, end, step) = (of("start"), of("end"), of("step"));
    if (end - start) / step > 11_000 {
        return (400, "{\"status\":\"error\",\"error\":\"exceeded maximum resolution of 11,000 points per timeseries\"}".into());
    }
    let values: Vec<String> =
        (0..=(end - start) / step).map(|number| start + number * step).map(|at| format!("[{at},\"{}\"]", at / step)).collect();
    let metric = "{\"__name__\":\"vllm:prompt_tokens_total\",\"model_name\":\"llama\"}";
    let result = format!("[{{\"metric\":{metric},\"values\":[{}]}}]", values.join(","));
    (200, format!("{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":{result}}}}}"))
}

#[tokio::test]
async fn a_month_is_asked_for_in_pieces_that_join() {
    let api = FakeApi::start(None, answer);
    let outcome = collect_all(&*open("prometheus", &api.address(), "")).await;
    outcome.collected.unwrap();
    let mut hours = Vec::new();
    let options = farthing_usage::ReportOptions::of("it".parse().unwrap());
    let report = farthing_usage::prometheus::decode(outcome.text.as_bytes(), &options, |hour| {
        hours.push(hour);
        Ok::<(), farthing_usage::DecodeError>(())
    });
    assert!(report.unwrap().findings.is_empty());
    // One a minute, every minute of October.
    let tokens: u64 = hours.iter().map(|hour| hour.counts.input_tokens).sum();
    assert_eq!((hours.len(), tokens), (31 * 24, 31 * 24 * 60));
}

#[tokio::test]
async fn a_gauge_holds_to_the_end_of_the_month_and_not_before_its_beginning() {
    let api = FakeApi::start(None, |path| {
        let (status, body) = answer(&path.replace("DCGM_FI_PROF_GR_ENGINE_ACTIVE", "prompt_tokens_total"));
        let asked = path.contains("runtimeinfo") || path.contains("DCGM_FI_PROF_GR_ENGINE_ACTIVE");
        let body = body.replace("vllm:prompt_tokens_total", "DCGM_FI_PROF_GR_ENGINE_ACTIVE");
        // Busy for a quarter of the time.
        let values: Vec<&str> = body.split(",\"").collect();
        let quarter = values.iter().map(|value| match value.split_once("\"]") {
            Some((_, rest)) if value.starts_with(|c: char| c.is_ascii_digit()) => format!("0.25\"]{rest}"),
            _ => (*value).to_owned(),
        });
        let empty = "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[]}}".to_owned();
        (status, if asked { quarter.collect::<Vec<_>>().join(",\"") } else { empty })
    });
    let outcome = collect_all(&*open("prometheus", &api.address(), "")).await;
    outcome.collected.unwrap();
    let (mut hours, mut busy) = (Vec::new(), farthing_types::Amount::ZERO);
    let options = farthing_usage::ReportOptions::of("it".parse().unwrap());
    let report = farthing_usage::prometheus::decode(outcome.text.as_bytes(), &options, |hour| {
        busy = busy.checked_add(hour.counts.compute_seconds.unwrap().0).unwrap();
        hours.push(hour.at);
        Ok::<(), farthing_usage::DecodeError>(())
    });
    assert!(report.unwrap().findings.is_empty());
    assert_eq!((hours.len(), busy.to_string()), (31 * 24, (31 * 24 * 900).to_string()));
    assert_eq!(hours[0].to_rfc3339(), "2026-10-01T00:00:00+00:00");
}

#[tokio::test]
async fn a_month_of_which_samples_have_gone_is_known_from_there_on() {
    let kept = |days: &'static str| {
        FakeApi::start(None, move |path| {
            let (status, body) = answer(path);
            (status, body.replace("60d", days))
        })
    };
    // It is 2026-11-02T10:00 and October is asked for.
    let api = kept("15d");
    let outcome = collect_all(&*open("prometheus", &api.address(), "")).await;
    let collected = outcome.collected.unwrap();
    assert_eq!(collected.known_from, Some("2026-10-18T11:00:00Z".parse().unwrap()));
    let asked: Vec<i64> =
        api.asked().iter().filter_map(|path| path.split("start=").nth(1)?.split('&').next()?.parse().ok()).collect();
    // From the sample before the first that counts.
    assert_eq!(asked.iter().min(), Some(&("2026-10-18T10:59:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp())));
    // A month that is gone as a whole is nothing, and known from its end on.
    let collected = collect_all(&*open("prometheus", &kept("1d").address(), "")).await.collected.unwrap();
    assert_eq!((collected.known_from, collected.deliveries.len()), (Some("2026-11-01T00:00:00Z".parse().unwrap()), 0));
    let whole = collect_all(&*open("prometheus", &kept("60d").address(), "")).await.collected.unwrap();
    assert_eq!(whole.known_from, None);
}

#[tokio::test]
async fn an_answer_with_a_warning_is_not_whole() {
    let api = FakeApi::start(None, |path| {
        let (status, body) = answer(path);
        (status, body.replacen("\"status\"", "\"warnings\":[\"store gateway is down\"],\"status\"", 1))
    });
    let error = collect_all(&*open("prometheus", &api.address(), "")).await.collected.unwrap_err();
    assert!(error.to_string().contains("store gateway is down"), "{error}");
}

#[test]
fn retentions_are_read() {
    assert_eq!(retention("15d"), Some(TimeDelta::days(15)));
    assert_eq!(retention("1y6d or 50GiB"), Some(TimeDelta::days(371)));
    assert_eq!((retention("50GiB"), retention("")), (None, None));
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let text = "version = 1\n[source.p]\nkind = \"prometheus\"\nendpoint = \"https://p.example\"\nselector = \"job=x\"\nstep_seconds = 7";
    let problems = SourcesFile::parse(text).unwrap_err();
    assert!(problems[0].contains("not within") && problems[1].contains("does not divide"), "{problems:?}");
}
