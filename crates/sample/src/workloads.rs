//! The AI workloads and the demand they serve, hour by hour.

use crate::accounts::Provider;
use crate::calendar::{self, START};
use crate::dice;

/// How a workload is served, and so how it is billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serving {
    /// By a fleet of the organisation's own GPU instances, billed by the hour.
    Endpoint {
        /// The instance type that serves it today.
        instance: &'static str,
    },
    /// By a vendor of tokens, billed by the token.
    Tokens {
        /// The vendor.
        provider: Provider,
        /// The vendor's project or workspace.
        project: &'static str,
    },
}

/// When its demand comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// With people at work.
    Office,
    /// With customers: evenings and weekends too.
    Customers,
    /// A batch that arrives after 22 UTC.
    Night,
}

/// A deployed model that serves demand.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// Its id in usage logs.
    pub id: &'static str,
    /// The unit that it works for.
    pub unit: &'static str,
    /// The model deployed.
    pub model: &'static str,
    /// How it is served.
    pub serving: Serving,
    pub(crate) shape: Shape,
    pub(crate) requests_an_hour: u64,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    pub(crate) cached_percent: u64,
    /// A day (from the start of the first period) of unusual demand, and its size in percent.
    pub(crate) unusual: Option<(u32, u64)>,
    /// Every call is in the gateway's log; the others are logged by the hour.
    pub(crate) logged_by_call: bool,
}

/// What a workload served in an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// Requests.
    pub requests: u64,
    /// Input tokens that were not read from a cache.
    pub input: u64,
    /// Input tokens read from a cache.
    pub cached: u64,
    /// Output tokens.
    pub output: u64,
}

impl std::ops::AddAssign for Demand {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.input += other.input;
        self.cached += other.cached;
        self.output += other.output;
    }
}

const fn endpoint(id: &'static str, unit: &'static str, model: &'static str, instance: &'static str) -> Workload {
    Workload {
        id,
        unit,
        model,
        serving: Serving::Endpoint { instance },
        shape: Shape::Office,
        requests_an_hour: 0,
        input_tokens: 0,
        output_tokens: 0,
        cached_percent: 0,
        unusual: None,
        logged_by_call: false,
    }
}

/// A workload of few, large calls.
const fn by_call(workload: Workload) -> Workload {
    Workload { logged_by_call: true, ..workload }
}

const fn tokens(
    id: &'static str,
    unit: &'static str,
    model: &'static str,
    provider: Provider,
    project: &'static str,
) -> Workload {
    Workload { serving: Serving::Tokens { provider, project }, ..endpoint(id, unit, model, "") }
}

const fn load(workload: Workload, shape: Shape, requests_an_hour: u64, input: u64, output: u64, cached_percent: u64) -> Workload {
    Workload { shape, requests_an_hour, input_tokens: input, output_tokens: output, cached_percent, ..workload }
}

use Provider::{Anthropic, OpenAi};
use Shape::{Customers, Night, Office};

/// The workloads that serve inference: self-hosted first, then those of token vendors.
pub(crate) const WORKLOADS: &[Workload] = &[
    // Card-claim intake was moved to the model on 29 May.
    Workload {
        unusual: Some((58, 165)),
        ..load(endpoint("claims-triage", "claims-triage", "llama-3.1-8b-claims", "ml.g5.xlarge"), Office, 900, 18_000, 700, 0)
    },
    load(endpoint("document-reader", "document-reading", "qwen2.5-vl-7b", "ml.g5.xlarge"), Night, 1_400, 12_000, 1_500, 0),
    load(endpoint("assist-chat", "voice-assist", "mistral-small-3.2", "ml.g6e.xlarge"), Customers, 12_000, 1_100, 210, 0),
    load(endpoint("risk-scorer", "risk-scoring", "llama-3.1-8b-risk", "ml.g6e.xlarge"), Office, 3_200, 3_200, 90, 0),
    // Each call reads a whole loan file.
    by_call(load(
        tokens("loan-prescreen", "loan-prescreening", "gpt-4.1", OpenAi, "loan-prescreening"),
        Office,
        6,
        230_000,
        3_900,
        40,
    )),
    load(tokens("reply-writer", "support-replies", "gpt-4o", OpenAi, "support-replies"), Customers, 6_000, 2_400, 260, 30),
    load(
        tokens("document-search", "settlement-review", "text-embedding-3-small", OpenAi, "document-search"),
        Office,
        20_000,
        900,
        0,
        0,
    ),
    // An agent that works through the hard claims, with its notes in the cache.
    by_call(load(
        tokens("claims-agent", "claims-triage", "claude-sonnet-4-5", Anthropic, "claims-triage"),
        Office,
        4,
        380_000,
        7_000,
        85,
    )),
    load(
        tokens("invoice-reader", "invoice-processing", "claude-haiku-4-5", Anthropic, "invoice-processing"),
        Office,
        2_500,
        3_000,
        350,
        25,
    ),
    load(
        tokens("reply-judge", "support-replies", "claude-haiku-4-5", Anthropic, "support-drafts"),
        Customers,
        3_000,
        1_500,
        60,
        20,
    ),
];

/// Demand by hour of the day, UTC, per mille of the daily mean.
const OFFICE: [u64; 24] = [
    260, 200, 170, 160, 170, 220, 330, 520, 740, 900, 1_010, 1_180, 1_520, 1_890, 2_080, 2_110, 2_050, 1_980, 1_900, 1_760,
    1_420, 860, 550, 380,
];
const CUSTOMERS: [u64; 24] = [
    820, 640, 480, 360, 290, 280, 330, 450, 620, 800, 960, 1_080, 1_220, 1_330, 1_400, 1_450, 1_480, 1_510, 1_540, 1_580, 1_560,
    1_430, 1_240, 1_040,
];
const NIGHT: [u64; 24] = [
    2_900, 2_750, 2_480, 2_020, 1_480, 980, 520, 330, 280, 300, 340, 400, 460, 500, 520, 530, 520, 500, 480, 470, 520, 760,
    1_880, 2_600,
];
const WORK_WEEK: [u64; 7] = [1_230, 1_260, 1_240, 1_220, 1_150, 480, 420];
const OPEN_WEEK: [u64; 7] = [1_080, 1_040, 1_020, 1_010, 1_040, 930, 880];

/// Demand of an hour beside the mean, per million, before chance.
fn curve(shape: Shape, hour: u32) -> u64 {
    let (day, week) = match shape {
        Shape::Office => (&OFFICE, &WORK_WEEK),
        Shape::Customers => (&CUSTOMERS, &OPEN_WEEK),
        Shape::Night => (&NIGHT, &WORK_WEEK),
    };
    // The working day of a batch begins at its arrival, so that Friday's runs into Saturday.
    let of_week = if shape == Shape::Night { hour.saturating_sub(22) } else { hour };
    day[calendar::hour_of_day(hour)] * week[calendar::weekday(of_week)]
}

impl Workload {
    /// Demand of an hour beside the mean, per million.
    pub(crate) fn level(&self, seed: u64, hour: u32) -> u64 {
        let bits = dice::draw(seed, dice::name(self.id), u64::from(hour));
        let noise = dice::between(bits, 930, 1_070);
        // May runs 6 % above April.
        let growth = 1_000 + 60 * u64::from(hour >= START[1]);
        let unusual = match self.unusual {
            Some((day, percent)) if hour / 24 == day => percent,
            _ => 100,
        };
        curve(self.shape, hour) * noise / 1_000 * growth / 1_000 * unusual / 100
    }

    /// What it served in `hour`, counted from the start of the first period.
    pub(crate) fn demand(&self, seed: u64, hour: u32) -> Demand {
        let bits = dice::draw(seed, dice::name(self.id), u64::from(hour));
        let millionth = self.level(seed, hour);
        // Rounded up or down by chance, so that few requests an hour keep their mean.
        let requests = (self.requests_an_hour * millionth + dice::between(dice::again(bits, 4), 0, 1_000_000)) / 1_000_000;
        let length = dice::between(dice::again(bits, 1), 960, 1_040);
        let all_input = requests * self.input_tokens * length / 1_000;
        let cached = all_input * self.cached_percent * dice::between(dice::again(bits, 2), 940, 1_060) / 100_000;
        let output = requests * self.output_tokens * dice::between(dice::again(bits, 3), 950, 1_050) / 1_000;
        Demand { requests, input: all_input - cached, cached, output }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::HOURS;

    #[test]
    fn days_are_busier_than_nights_and_weekends() {
        let office = &WORKLOADS[0];
        assert_eq!(office.shape, Shape::Office);
        let sum =
            |hours: &dyn Fn(u32) -> bool| -> u64 { (0..HOURS).filter(|&h| hours(h)).map(|h| office.demand(7, h).requests).sum() };
        let at_noon = sum(&|h| calendar::is_workday(h) && h % 24 == 15);
        let at_night = sum(&|h| calendar::is_workday(h) && h % 24 == 3);
        let on_weekends = sum(&|h| !calendar::is_workday(h) && h % 24 == 15);
        assert!(at_noon > 10 * at_night && at_noon > 4 * on_weekends, "{at_noon} {at_night} {on_weekends}");
    }

    #[test]
    fn curves_average_to_one() {
        for table in [&OFFICE, &CUSTOMERS, &NIGHT] {
            let mean = table.iter().sum::<u64>() / 24;
            assert!((900..1_100).contains(&mean), "{mean}");
        }
        for table in [&WORK_WEEK, &OPEN_WEEK] {
            assert_eq!(table.iter().sum::<u64>() / 7, 1_000);
        }
    }
}
