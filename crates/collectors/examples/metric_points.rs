//! What collecting a month of CloudWatch costs: `metric_points [POINTS]`, ten million unless it is told otherwise. `make bench-collect`.
//!
//! The service is the fake of the tests, in a process of its own, so that memory and processor time are the collector's alone. What it
//! counted is held against what the fake was given before anything is said of time.

use std::error::Error;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use camino::Utf8Path;
use chrono::{DateTime, TimeDelta, Utc};
use farthing_collectors::source::{Calls, Checkpoints, CheckpointsError, Patience, Request, Secrets, SourcesFile, Spending};
use farthing_testkit::{FakeAws, Metric, Scenario};
use farthing_types::{Amount, BillingPeriod, SourceName};
use futures::FutureExt;
use futures::future::BoxFuture;

const MONTH: &str = "2026-10";
const HOURS: usize = 31 * 24;
/// What is asked of each model, and whether it adds up.
const FIGURES: [(&str, bool); 10] = [
    ("Invocations", true),
    ("InvocationClientErrors", true),
    ("InvocationServerErrors", true),
    ("InputTokenCount", true),
    ("CacheReadInputTokenCount", true),
    ("CacheWriteInputTokenCount", true),
    ("OutputTokenCount", true),
    // Each of the three percentiles.
    ("InvocationLatency", false),
    ("InvocationLatency", false),
    ("InvocationLatency", false),
];

/// A figure of a model in an hour.
fn value(model: usize, figure: usize, hour: usize) -> u64 {
    ((model * 31 + figure * 7 + hour * 3) % 1_009) as u64
}

fn models(points: usize) -> usize {
    points.div_ceil(HOURS * FIGURES.len())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["serve", points] => serve(points.parse()?),
        [] => measure(10_000_000),
        [points] => measure(points.parse()?),
        _ => Err("usage: metric_points [POINTS]".into()),
    }
}

/// The fake, until its standard input ends.
fn serve(points: usize) -> Result<(), Box<dyn Error>> {
    let period: BillingPeriod = MONTH.parse()?;
    let mut metrics = Vec::new();
    for model in 0..models(points) {
        for (figure, (name, _)) in FIGURES.iter().enumerate().take(8) {
            let at = |hour: usize| period.start().timestamp() + hour as i64 * 3_600;
            metrics.push(Metric {
                namespace: "AWS/Bedrock".to_owned(),
                name: (*name).to_owned(),
                dimensions: vec![("ModelId".to_owned(), format!("model-{model:05}"))],
                samples: (0..HOURS).map(|hour| (at(hour), value(model, figure, hour) as f64)).collect(),
            });
        }
    }
    let now = (period.end() + TimeDelta::days(1)).timestamp();
    let fake = FakeAws::start(Scenario { metrics, now, ..Scenario::default() });
    println!("{}", fake.address());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn measure(points: usize) -> Result<(), Box<dyn Error>> {
    let program = std::env::current_exe()?;
    let mut fake =
        Command::new(program).args(["serve", &points.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut address = String::new();
    BufReader::new(fake.stdout.take().ok_or("it has a standard output")?).read_line(&mut address)?;
    let measured = collect(points, address.trim());
    drop(fake.stdin.take());
    fake.wait()?;
    measured
}

#[derive(Debug)]
struct Free;

impl Checkpoints for Free {
    fn spend<'a>(
        &'a self,
        _: &'a SourceName,
        _: BillingPeriod,
        price: Amount,
        _: Option<Amount>,
    ) -> BoxFuture<'a, Result<Spending, CheckpointsError>> {
        async move { Ok(Spending::Noted(price)) }.boxed()
    }
}

fn collect(points: usize, address: &str) -> Result<(), Box<dyn Error>> {
    let endpoint = format!("{{ url = \"{address}\", allow_loopback = true }}");
    let text = format!("version = 1\n[source.aws]\nkind = \"aws-cloudwatch\"\nservices = [\"bedrock\"]\nendpoint = {endpoint}\n");
    let sources = SourcesFile::parse(&text).map_err(|problems| problems.join("; "))?;
    let source = sources.get(&"aws".parse()?).ok_or("it is there")?.open(&Secrets(|_| Ok(Some("AKIATEST".to_owned()))))?;
    let (part, period): (SourceName, BillingPeriod) = (source.parts().remove(0), MONTH.parse()?);
    let folder = tempfile::tempdir()?;
    let to = Utf8Path::from_path(folder.path()).ok_or("a folder with a name")?;
    let now: DateTime<Utc> = period.end() + TimeDelta::days(1);
    let calls = Calls::new(part.clone(), period, None, Patience::default(), Arc::new(Free));
    let request = Request { part: &part, period, window: period.window(), now, calls: &calls, to };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (before, begin) = (processor_seconds()?, Instant::now());
    runtime.block_on(source.collect(request))?;
    let (wall, processor) = (begin.elapsed().as_secs_f64(), processor_seconds()? - before);
    let rows = check(points, &to.join("usage.csv"))?;
    let asked = models(points) * HOURS * FIGURES.len();
    println!(
        "{asked} points of {} series in {} pages: {rows} hours, every sum as it was given",
        models(points) * FIGURES.len(),
        calls.made()
    );
    println!("{:>10.0} points a second, the fake's time among it ({wall:.1} s)", asked as f64 / wall);
    println!("{:>10.0} points a second of the collector's own processor time ({processor:.1} s)", asked as f64 / processor);
    println!("{:>10} MiB at most", status("VmHWM:")? / 1_024);
    Ok(())
}

/// Holds the sums of the written file against those of what the fake was given.
fn check(points: usize, file: &Utf8Path) -> Result<u64, Box<dyn Error>> {
    let mut expected = [0_u64; 7];
    for model in 0..models(points) {
        for (figure, sum) in expected.iter_mut().enumerate() {
            *sum += (0..HOURS).map(|hour| value(model, figure, hour)).sum::<u64>();
        }
    }
    let [calls, client, server, input, read, written, output] = expected;
    // Calls and input as this program counts them: failures and cached tokens among them.
    let wanted = [calls + client + server, client + server, input + read + written, read, written, output];
    let columns = ["requests", "errors", "input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens"];
    let mut csv = csv::Reader::from_path(file)?;
    let heads = csv.headers()?.clone();
    let at = columns.map(|name| heads.iter().position(|head| head == name));
    let (mut found, mut rows) = ([0_u64; 6], 0);
    for row in csv.records() {
        let row = row?;
        rows += 1;
        for (sum, at) in found.iter_mut().zip(at) {
            *sum += row[at.ok_or("the file has the column")?].parse::<u64>()?;
        }
    }
    match found == wanted {
        true => Ok(rows),
        false => Err(format!("the sums are {found:?} and should be {wanted:?}").into()),
    }
}

/// What this process has used, in seconds.
fn processor_seconds() -> Result<f64, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = text.rsplit_once(')').ok_or("a line of /proc")?;
    // User and system time, in hundredths of a second on every Linux.
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>).sum::<Result<f64, _>>()?;
    Ok(ticks / 100.0)
}

/// A figure of this process, in KiB.
fn status(name: &str) -> Result<u64, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)).ok_or("a line of /proc")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}
