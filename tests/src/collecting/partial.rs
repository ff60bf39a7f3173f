//! A Prometheus that keeps samples for some days only: its months come in parts, which are put together and flagged.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Datelike, NaiveTime, TimeDelta, Utc};
use farthing_testkit::FakeApi;
use serde_json::Value;

use super::collect_window;
use crate::support::{Home, NewHome, Run, list, on_both_databases, text};

on_both_databases!(f19_a_month_of_which_hours_are_gone_is_flagged_and_completed_without_doubling);

/// A counter that gains `rate` tokens a minute, of which samples are kept for some days.
struct Counter {
    api: FakeApi,
    kept: Arc<Mutex<String>>,
    rate: Arc<AtomicI64>,
}

impl Counter {
    fn start() -> Self {
        let (kept, rate) = (Arc::new(Mutex::new(String::new())), Arc::new(AtomicI64::new(1)));
        let (shown, gains) = (Arc::clone(&kept), Arc::clone(&rate));
        let api = FakeApi::start(None, move |path| {
            let body = match path.contains("runtimeinfo") {
                true => format!("{{\"status\":\"success\",\"data\":{{\"storageRetention\":\"{}\"}}}}", shown.lock().unwrap()),
                false => samples(path, gains.load(Ordering::Relaxed)),
            };
            (200, body)
        });
        Self { api, kept, rate }
    }
}

fn samples(path: &str, rate: i64) -> String {
    let of = |name: &str| -> i64 {
        let (_, rest) = path.split_once(&format!("{name}=")).expect("it is asked");
        rest.split('&').next().and_then(|text| text.parse().ok()).expect("a number")
    };
    let (start, end, step) = (of("start"), of("end"), of("step"));
    let moments = (0..=(end - start) / step).map(|number| start + number * step);
    let values: Vec<String> = moments.map(|at| format!("[{at},\"{}\"]", at / 60 * rate)).collect();
    let series = format!(
        "{{\"metric\":{{\"__name__\":\"vllm:prompt_tokens_total\",\"model_name\":\"llama\"}},\"values\":[{}]}}",
        values.join(",")
    );
    let result = if path.contains("prompt_tokens_total") { series } else { String::new() };
    format!("{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[{result}]}}}}")
}

/// The month before the present one, and how many days ago it began.
fn last_month(home: &Home) -> (DateTime<Utc>, DateTime<Utc>, i64) {
    let now: DateTime<Utc> = text(&home.json(&["status"]), "as_of").parse().expect("a moment");
    let this = now.date_naive().with_day(1).expect("every month has a first");
    let before = this.pred_opt().and_then(|day| day.with_day(1)).expect("so has the one before");
    let [before, this] = [before, this].map(|day| day.and_time(NaiveTime::MIN).and_utc());
    (before, this, (now - before).num_days())
}

fn month(run: &Run) -> Value {
    list(&list(&list(&run.json(), "sources")[0], "parts")[0], "months")[0].clone()
}

fn moment(value: &Value) -> DateTime<Utc> {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{value} is no moment"))
}

fn f19_a_month_of_which_hours_are_gone_is_flagged_and_completed_without_doubling(new: NewHome<'_>) {
    let counter = Counter::start();
    let endpoint = format!("{{ url = \"{}\", allow_loopback = true }}", counter.api.address());
    let home = new().file("sources.toml", format!("version = 1\n[source.vllm]\nkind = \"prometheus\"\nendpoint = {endpoint}\n"));
    home.run(&["sources", "publish", "sources.toml"]).exits(0);
    let (from, to, days_ago) = last_month(&home);
    let window = format!("{}/{}", from.format("%Y-%m-%d"), to.format("%Y-%m-%d"));
    let keep = |days: i64| *counter.kept.lock().unwrap() = format!("{days}d");
    let tokens = |home: &Home| home.value("SELECT SUM(\"InputTokens\") FROM usage").as_i64();
    let minutes = |from: DateTime<Utc>, to: DateTime<Utc>| (to - from).num_minutes();

    // Of the first ten days the samples are gone.
    keep(days_ago - 10);
    let first = collect_window(&home, &window, &[]).exits(3);
    let known_from = moment(&list(&month(&first), "missing")[0]["to"]);
    assert_eq!((text(&month(&first), "outcome"), moment(&list(&month(&first), "missing")[0]["from"])), ("imported", from));
    assert!(from + TimeDelta::days(10) <= known_from && known_from <= from + TimeDelta::days(12), "{known_from}");
    assert_eq!(tokens(&home), Some(minutes(known_from, to)));
    let status = home.json(&["status"]);
    let stands = &list(&status, "collections")[0];
    assert_eq!((stands["problem"].clone(), moment(&list(stands, "missing")[0]["to"])), (Value::Null, known_from), "{status:#}");
    assert_eq!(moment(&list(&list(&status, "periods")[0], "missing")[0]["to"]), known_from);
    home.run(&["status"]).exits(0).shows(&["prometheus, partial", "good, partial", "no earlier run collected them"]);

    // Later still more are gone; what was collected stays, and nothing new is said.
    keep(days_ago - 20);
    let again = collect_window(&home, &window, &[]).exits(3);
    assert_eq!(text(&month(&again), "outcome"), "unchanged", "{}", again.stdout);
    assert_eq!((tokens(&home), moment(&list(&month(&again), "missing")[0]["to"])), (Some(minutes(known_from, to)), known_from));

    // What it says anew of the days that it has takes the place of what was there, and of no other.
    counter.rate.store(2, Ordering::Relaxed);
    collect_window(&home, &window, &[]).exits(3).shows(&["imported"]);
    let newest = home.value("SELECT MIN(\"Hour\") FROM usage WHERE \"InputTokens\" = 120");
    let newest = moment(&newest);
    assert!(newest > known_from + TimeDelta::days(8), "{newest}");
    assert_eq!(tokens(&home), Some(minutes(known_from, newest) + 2 * minutes(newest, to)));

    // Of a Prometheus that has all of it the month is whole.
    keep(400);
    let whole = collect_window(&home, &window, &[]).exits(0);
    assert_eq!(month(&whole)["missing"], Value::Null);
    assert_eq!(tokens(&home), Some(2 * minutes(from, to)));
    assert_eq!(list(&home.json(&["status"]), "collections")[0]["missing"], Value::Null);
    // And stays so when the samples go again.
    keep(days_ago - 10);
    collect_window(&home, &window, &[]).exits(0).shows(&["unchanged"]);
    assert_eq!(tokens(&home), Some(2 * minutes(from, to)));
    let verified = home.json(&["lake", "verify"]);
    assert_eq!(list(&verified, "differences"), [] as [Value; 0]);

    // A month of which nothing is left is said to be missing as a whole, and is no failure.
    let gone = format!("{}/{}", (from - TimeDelta::days(40)).format("%Y-%m-%d"), (from - TimeDelta::days(39)).format("%Y-%m-%d"));
    let gone = collect_window(&home, &gone, &[]).exits(3);
    assert_eq!((text(&month(&gone), "outcome"), list(&month(&gone), "missing").len()), ("empty", 1));
}
