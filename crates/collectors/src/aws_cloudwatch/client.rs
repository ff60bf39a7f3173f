//! Calls and paging: knows the service, not the lake.

use std::collections::{BTreeMap, HashSet};

use aws_sdk_cloudwatch::Client as Sdk;
use aws_sdk_cloudwatch::operation::get_metric_data::GetMetricDataOutput;
use aws_sdk_cloudwatch::primitives::DateTime as Moment;
use aws_sdk_cloudwatch::types::{MetricDataQuery, ScanBy, StatusCode};
use farthing_types::Window;

use super::families::{Family, Figure};
use super::{Config, price_of_a_page};
use crate::aws::{Aws, failure};
use crate::source::{Calls, CollectError};

pub(super) const METRICS: &str = "cloudwatch:GetMetricData";

/// An hour.
const PERIOD: i64 = 3_600;
/// Queries that one call takes.
const MOST_QUERIES: usize = 500;
/// Data points that one page holds.
const MOST_POINTS: i32 = 100_800;
/// Data points of one month that are held: a third of a gigabyte. Each of 27,000 series has one an hour.
const MOST_HELD: usize = 20_000_000;
/// Pages of one answer, beyond which it is taken for one without end.
const MOST_PAGES: usize = 10_000;
/// What parts values of dimensions in a label: no name holds it.
const BETWEEN: &str = "\u{1f}";

/// One series of figures.
#[derive(Clone, Debug)]
pub(super) struct Series {
    /// Which family, which of its figures.
    pub family: usize,
    pub figure: usize,
    /// The values of the family's dimensions, in its order.
    pub values: Vec<String>,
    /// In order, each hour once.
    pub points: Vec<Point>,
}

/// An hour's first moment in seconds since 1970, and the figure: as little as ten million of them take.
pub(super) type Point = (i64, f64);

/// One account's CloudWatch.
pub(super) struct Client<'a> {
    pub aws: &'a Aws,
    pub config: &'a Config,
    pub calls: &'a Calls,
}

/// What is known of a series while its pages come.
#[derive(Default)]
struct Growing {
    points: Vec<Point>,
    complete: bool,
}

/// Series as they grow, by the id of the query and the label; and how many points they have.
#[derive(Default)]
struct All {
    series: BTreeMap<(String, String), Growing>,
    points: usize,
}

impl Client<'_> {
    /// All figures of the families in the window, by hour.
    pub async fn series(&self, families: &[Family], window: Window) -> Result<Vec<Series>, CollectError> {
        let asked: Vec<(usize, usize)> = families
            .iter()
            .enumerate()
            .flat_map(|(at, family)| (0..family.figures.len()).map(move |figure| (at, figure)))
            .collect();
        let (mut all, mut held): (Vec<Series>, usize) = (Vec::new(), 0);
        for asked in asked.chunks(MOST_QUERIES) {
            let queries: Vec<MetricDataQuery> =
                asked.iter().map(|(family, figure)| query(&families[*family], *family, *figure)).collect();
            for ((id, label), growing) in self.pages(&queries, window, held).await? {
                let (family, figure) = asked_by(&id, families)?;
                let values: Vec<String> = label.split(BETWEEN).map(str::to_owned).collect();
                if values.len() != families[family].dimensions.len() {
                    let said = format!("a series of {} has the label {label:?}", families[family].namespace);
                    return Err(CollectError::Nonsense { call: METRICS, said });
                }
                held += growing.points.len();
                all.push(Series { family, figure, values, points: growing.points });
            }
        }
        Ok(all)
    }

    async fn pages(
        &self,
        queries: &[MetricDataQuery],
        window: Window,
        held: usize,
    ) -> Result<BTreeMap<(String, String), Growing>, CollectError> {
        let (mut all, mut token, mut tokens) = (All::default(), None, HashSet::new());
        for _ in 0..MOST_PAGES {
            let page = self.page(queries, window, token).await?;
            read(&page, window, &mut all)?;
            if held + all.points > MOST_HELD {
                return Err(CollectError::Config(format!(
                    "{METRICS}: {} has more than {MOST_HELD} figures by hour in {window}; nothing was imported and the earlier state stays. \
                     Give its services, or its GPUs, sources of their own",
                    self.aws.part
                )));
            }
            match page.next_token {
                None => return whole(all),
                Some(next) if !tokens.insert(next.clone()) => {
                    let said = "its pages lead in a circle: a page's token came twice".to_owned();
                    return Err(CollectError::Incomplete { call: METRICS, said });
                }
                Some(next) => token = Some(next),
            }
        }
        Err(CollectError::Incomplete { call: METRICS, said: format!("it has no end after {MOST_PAGES} pages") })
    }

    async fn page(
        &self,
        queries: &[MetricDataQuery],
        window: Window,
        token: Option<String>,
    ) -> Result<GetMetricDataOutput, CollectError> {
        let ask = || async {
            let shared = self.aws.config().await?;
            let mut config = aws_sdk_cloudwatch::config::Builder::from(&*shared);
            if let Some(endpoint) = &self.config.endpoint {
                config = config.endpoint_url(endpoint.as_str());
            }
            let request = Sdk::from_conf(config.build())
                .get_metric_data()
                .set_metric_data_queries(Some(queries.to_vec()))
                .start_time(Moment::from_secs(window.from.timestamp()))
                .end_time(Moment::from_secs(window.to.timestamp()))
                .scan_by(ScanBy::TimestampAscending)
                .max_datapoints(MOST_POINTS)
                .set_next_token(token.clone());
            match request.send().await {
                Ok(page) => Ok(page),
                Err(error) => {
                    let (failure, forget) = failure(METRICS, error);
                    if forget {
                        self.aws.forget_credentials().await;
                    }
                    Err(failure)
                }
            }
        };
        self.calls.make(METRICS, price_of_a_page(), ask).await
    }
}

/// The search for one figure of a family. Its label says the values of the dimensions.
fn query(family: &Family, at: usize, figure: usize) -> MetricDataQuery {
    let Figure { metric, statistic, .. } = &family.figures[figure];
    let schema: Vec<String> = [&family.namespace].into_iter().chain(&family.dimensions).map(|name| quoted(name)).collect();
    let schema = schema.join(",");
    let search = format!("SEARCH('{{{schema}}} MetricName=\"{metric}\"', '{statistic}', {PERIOD})");
    let label: Vec<String> = family.dimensions.iter().map(|name| format!("${{PROP('Dim.{name}')}}")).collect();
    MetricDataQuery::builder().id(format!("f{at}m{figure}")).expression(search).label(label.join(BETWEEN)).build()
}

/// A name as a search takes it: one that is no plain word stands in quotes.
fn quoted(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'.' | b'-');
    match name.bytes().all(plain) && name.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric()) {
        true => name.to_owned(),
        false => format!("\"{name}\""),
    }
}

fn asked_by(id: &str, families: &[Family]) -> Result<(usize, usize), CollectError> {
    let parts = id.strip_prefix('f').and_then(|rest| rest.split_once('m'));
    let known = parts.and_then(|(family, figure)| Some((family.parse().ok()?, figure.parse().ok()?)));
    let known = known
        .filter(|(family, figure): &(usize, usize)| families.get(*family).is_some_and(|family| *figure < family.figures.len()));
    known.ok_or_else(|| CollectError::Nonsense { call: METRICS, said: format!("it answers {id:?}, which was not asked") })
}

/// Adds what a page says to what was read.
fn read(page: &GetMetricDataOutput, window: Window, all: &mut All) -> Result<(), CollectError> {
    let nonsense = |said: String| CollectError::Nonsense { call: METRICS, said };
    if let Some(message) = page.messages().first() {
        let said = format!("{}: {}", message.code().unwrap_or_default(), message.value().unwrap_or_default());
        return Err(CollectError::Incomplete { call: METRICS, said });
    }
    for result in page.metric_data_results() {
        let key = (result.id().unwrap_or_default().to_owned(), result.label().unwrap_or_default().to_owned());
        let growing = all.series.entry(key.clone()).or_default();
        match result.status_code() {
            Some(StatusCode::Complete) | None => growing.complete = true,
            // More of it comes on a later page, or never.
            Some(StatusCode::PartialData) => growing.complete = false,
            Some(StatusCode::Forbidden) => {
                return Err(CollectError::Denied { call: METRICS, said: format!("{} is forbidden", key.1) });
            }
            Some(status) => {
                let said = format!("a figure could not be worked out ({status:?})");
                return Err(CollectError::Incomplete { call: METRICS, said });
            }
        }
        if result.timestamps().len() != result.values().len() {
            return Err(nonsense(format!("{} times and {} values", result.timestamps().len(), result.values().len())));
        }
        for (at, value) in result.timestamps().iter().zip(result.values()) {
            if !(window.from.timestamp()..window.to.timestamp()).contains(&at.secs()) {
                return Err(nonsense(format!("the time {} was not asked for", at.secs())));
            }
            if !value.is_finite() || *value < 0.0 {
                return Err(nonsense(format!("{value} is no measurement")));
            }
            growing.points.push((at.secs(), *value));
        }
        all.points += result.timestamps().len();
    }
    Ok(())
}

/// What is partial when there is no further page stays partial. A point may come on two pages, and then is the same.
fn whole(all: All) -> Result<BTreeMap<(String, String), Growing>, CollectError> {
    let incomplete = |said: String| Err(CollectError::Incomplete { call: METRICS, said });
    let mut series = all.series;
    for ((_, label), growing) in &mut series {
        let name = label.replace(BETWEEN, ", ");
        if !growing.complete {
            return incomplete(format!("the figures of {name} are partial and there is no further page"));
        }
        growing.points.sort_unstable_by_key(|(at, _)| *at);
        growing.points.dedup_by_key(|(at, value)| (*at, value.to_bits()));
        growing.points.shrink_to_fit();
        if let Some(pair) = growing.points.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return incomplete(format!("{name}: the hour at {} came twice with two values", pair[0].0));
        }
    }
    Ok(series)
}
