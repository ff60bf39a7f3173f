//! A real Prometheus, which scrapes an exporter of ours.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use farthing_testkit::FakeApi;

use super::collect_window;
use crate::support::{Home, list, text};

/// Ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Hours that the exporter tells.
const HOURS: i64 = 5;

/// What a replica of the engine has counted since it began, `minute` minutes after the exporter's first. It begins anew half way.
fn counted(minute: i64) -> (i64, i64) {
    let since = if minute < HOURS * 30 { minute } else { minute - HOURS * 30 };
    (since * 1_000 + since * since, since * 7)
}

/// Everything that was ever sampled, each with its time: what Prometheus knows already it takes once.
fn exposition(first: DateTime<Utc>) -> String {
    let mut text = "# TYPE vllm:prompt_tokens_total counter\n".to_owned();
    let at = |minute: i64| (first + TimeDelta::minutes(minute)).timestamp_millis();
    for minute in 0..=HOURS * 60 {
        text += &format!("vllm:prompt_tokens_total{{model_name=\"llama\"}} {} {}\n", counted(minute).0, at(minute));
    }
    text += "# TYPE vllm:generation_tokens_total counter\n";
    for minute in 0..=HOURS * 60 {
        text += &format!("vllm:generation_tokens_total{{model_name=\"llama\"}} {} {}\n", counted(minute).1, at(minute));
    }
    text += "# TYPE DCGM_FI_PROF_GR_ENGINE_ACTIVE gauge\n";
    for minute in 0..=HOURS * 60 {
        text += &format!("DCGM_FI_PROF_GR_ENGINE_ACTIVE{{gpu=\"0\",modelName=\"H100\"}} 0.25 {}\n", at(minute));
    }
    text
}

/// What the hour that begins `hour` hours after the first sample gained. The very first sample has none before it.
fn gained(hour: i64) -> (i64, i64) {
    let minutes = (hour * 60).max(1)..(hour + 1) * 60;
    let step = |minute: i64| match minute == HOURS * 30 {
        // A counter that began anew has gained what it shows.
        true => counted(minute),
        false => (counted(minute).0 - counted(minute - 1).0, counted(minute).1 - counted(minute - 1).1),
    };
    minutes.map(step).fold((0, 0), |(input, output), (more, written)| (input + more, output + written))
}

/// Debian's package puts it there; `scripts/bootstrap.sh test` installs it.
fn is_installed() -> bool {
    let installed = Command::new("prometheus").arg("--version").output().is_ok();
    if !installed {
        println!("skipped: there is no prometheus here, scripts/bootstrap.sh test installs it");
    }
    installed
}

/// Starts one on this exporter, with the 15 days that it keeps unless it is told otherwise.
fn start(home: &Home, exporter: &str) -> (Running, String) {
    let target = exporter.trim_start_matches("http://");
    home.write(
        "prometheus.yml",
        format!(
            "global: {{ scrape_interval: 1s, scrape_timeout: 1s }}\n\
             scrape_configs: [{{ job_name: vllm, static_configs: [{{ targets: [\"{target}\"] }}] }}]\n"
        ),
    );
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
    let child = Command::new("prometheus")
        .current_dir(home.path())
        .args(["--config.file=prometheus.yml", "--storage.tsdb.path=samples", "--log.level=error"])
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    (Running(child), format!("http://127.0.0.1:{port}"))
}

#[test]
fn a_real_prometheus_with_its_default_retention_is_collected_to_the_last_token() {
    if !is_installed() {
        return;
    }
    let home = Home::new();
    let now: DateTime<Utc> = text(&home.json(&["status"]), "as_of").parse().expect("a moment");
    let first = now.duration_trunc(TimeDelta::hours(1)).expect("an hour has a beginning") - TimeDelta::hours(HOURS);
    let exporter = FakeApi::start(None, move |_| (200, exposition(first)));
    let (mut prometheus, address) = start(&home, &exporter.address());
    // From its second scrape on it has read the first as a whole.
    while exporter.asked().len() < 2 {
        assert!(prometheus.0.try_wait().expect("it can be asked after").is_none(), "prometheus ended");
        std::thread::yield_now();
    }
    let endpoint = format!("{{ url = \"{address}\", allow_loopback = true }}");
    let home = home.file("sources.toml", format!("version = 1\n[source.vllm]\nkind = \"prometheus\"\nendpoint = {endpoint}\n"));
    home.run(&["sources", "publish", "sources.toml"]).exits(0);
    let window = format!("{}/2999-01-01", (now - TimeDelta::hours(HOURS)).format("%Y-%m-%d"));
    let run = collect_window(&home, &window, &[]);
    let months = list(&list(&list(&run.json(), "sources")[0], "parts")[0], "months").to_vec();
    // From the sixteenth of a month on its first days are gone.
    let partial = months.iter().any(|month| month["missing"].is_array());
    let run = run.exits(if partial { 3 } else { 0 });
    assert!(months.iter().any(|month| month["outcome"] == "imported"), "{}", run.stdout);

    let rows = home.json(&[
        "sql",
        "SELECT \"Hour\", \"InputTokens\", \"OutputTokens\" FROM usage WHERE \"Model\" = 'llama' ORDER BY \"Hour\"",
    ]);
    let whole = |value: &serde_json::Value| value.as_i64().or_else(|| value.as_str()?.parse().ok()).expect("a count");
    let found: Vec<(DateTime<Utc>, i64, i64)> = rows
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| (text(row, "Hour").parse().expect("a moment"), whole(&row["InputTokens"]), whole(&row["OutputTokens"])))
        .collect();
    let expected = (0..HOURS).map(|hour| (first + TimeDelta::hours(hour), gained(hour).0, gained(hour).1));
    assert_eq!(found, expected.collect::<Vec<_>>());
    // The GPU was busy for a quarter of each hour.
    let busy = home.value("SELECT SUM(\"ComputeSeconds\") FROM usage");
    assert_eq!(busy.as_str().and_then(|text| text.parse::<f64>().ok()), Some((HOURS * 900) as f64), "{busy}");
}
