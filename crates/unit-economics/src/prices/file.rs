//! The price document: TOML, version 1.
//!
//! ```toml
//! version = 1
//! currency = "USD"
//! inference_pools = ["shared-openai-account"]   # pools whose shares are cost of inference; may be left out
//!
//! [[price]]                          # every price is for a million tokens, and may also stand in quotes
//! model = "gpt-4.1"                  # as usage names it, with or without its version
//! provider = "openai"                # anybody where it is left out
//! from = 2026-01-01                  # until another begins, or until `until`
//! input = 2.00
//! output = 8.00
//! cache_read = 0.50                  # the input's price where it is left out
//! cache_write = 2.00                 # likewise
//! request = 0                        # for each request, not for a million
//! tiers = [{ above = 200000, input = 4.00, output = 12.00 }]   # for requests with a longer input
//! batch = { input = 1.00, output = 4.00 }                      # also `priority` and `flex`, each with tiers of its own
//! source = { source = "price page", year = 2026 }
//!
//! [[reserved]]                       # capacity paid by the hour, used or not
//! id = "gpt-4o-ptu"
//! model = "gpt-4o"
//! units = 50
//! price_per_unit_hour = 1.00
//! tokens_per_minute_per_unit = 2500
//! output_weight = 4                  # input tokens that an output token weighs; default 1
//! cached_weight = 0                  # default 1
//! from = 2026-01-01
//!
//! [[hosted]]                         # a model of one's own
//! workload = "claims-triage"         # as usage names it; `model` likewise
//! charges = { "tag:Workload" = "claims-triage" }   # what pays for it, in the words of the rule file
//! share_by = "tokens"                # or prefill_and_decode, requests, compute_seconds
//! weights = { input = 1, output = 4, cached = 0.1, cache_write = 1.25 }
//! tokens_per_hour = 40000000         # weighted tokens that an instance-hour serves at full use
//! input_tokens_per_second = 12000    # with prefill_and_decode: these two in place of weights and tokens_per_hour. Where all usage of the
//! output_tokens_per_second = 900     # endpoint states its time of prefill and decode, that is what the cost is shared by
//! gpus_per_instance = 1
//! compare_with = "gpt-4o-mini"       # for build or buy
//! ```
//!
//! `[[sku]]` says what machines, commitments and storage are sold for: see [`super::SkuPrice`].

use std::collections::BTreeMap;

use farthing_types::{Amount, Currency};
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::sku::{SkuEntry, SkuKind, SkuPrice};
use super::{Hosted, ModelPrice, PriceList, Rates, Reserved, STANDARD, Schedule, ShareBy, Tier, Weights};
use crate::charge_filter::ChargeFilter;
use crate::document::{Decimal, DocumentProblem, FigureSource, day_of};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceFile {
    version: Spanned<i64>,
    currency: Currency,
    #[serde(default)]
    inference_pools: Vec<String>,
    #[serde(default)]
    price: Vec<Spanned<PriceEntry>>,
    #[serde(default)]
    reserved: Vec<Spanned<ReservedEntry>>,
    #[serde(default)]
    hosted: Vec<Spanned<HostedEntry>>,
    #[serde(default)]
    sku: Vec<Spanned<SkuEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceEntry {
    model: String,
    provider: Option<String>,
    from: Option<Datetime>,
    until: Option<Datetime>,
    input: Decimal,
    output: Option<Decimal>,
    cache_read: Option<Decimal>,
    cache_write: Option<Decimal>,
    request: Option<Decimal>,
    #[serde(default)]
    tiers: Vec<TierEntry>,
    batch: Option<ScheduleEntry>,
    priority: Option<ScheduleEntry>,
    flex: Option<ScheduleEntry>,
    source: Option<FigureSource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScheduleEntry {
    input: Decimal,
    output: Option<Decimal>,
    cache_read: Option<Decimal>,
    cache_write: Option<Decimal>,
    request: Option<Decimal>,
    #[serde(default)]
    tiers: Vec<TierEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TierEntry {
    above: u64,
    input: Decimal,
    output: Option<Decimal>,
    cache_read: Option<Decimal>,
    cache_write: Option<Decimal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReservedEntry {
    id: String,
    model: String,
    provider: Option<String>,
    workload: Option<String>,
    units: u64,
    price_per_unit_hour: Decimal,
    tokens_per_minute_per_unit: u64,
    output_weight: Option<Decimal>,
    cached_weight: Option<Decimal>,
    from: Datetime,
    until: Option<Datetime>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ShareByEntry {
    Tokens,
    PrefillAndDecode,
    Requests,
    ComputeSeconds,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WeightsEntry {
    input: Decimal,
    output: Decimal,
    cached: Option<Decimal>,
    cache_write: Option<Decimal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HostedEntry {
    workload: Option<String>,
    model: Option<String>,
    #[serde(default)]
    charges: ChargeFilter,
    share_by: Option<ShareByEntry>,
    weights: Option<WeightsEntry>,
    tokens_per_hour: Option<Decimal>,
    input_tokens_per_second: Option<Decimal>,
    output_tokens_per_second: Option<Decimal>,
    gpus_per_instance: Option<Decimal>,
    compare_with: Option<String>,
    source: Option<FigureSource>,
}

/// Collects what is wrong, entry by entry.
struct Reading<'t> {
    text: &'t str,
    problems: Vec<DocumentProblem>,
}

impl PriceList {
    /// Reads the document.
    ///
    /// # Errors
    /// Every problem with its line; nothing is then taken from it.
    pub fn parse(text: &str) -> Result<Self, Vec<DocumentProblem>> {
        let file: PriceFile = toml::from_str(text).map_err(|error| vec![DocumentProblem::of_toml(text, &error)])?;
        let mut reading = Reading { text, problems: Vec::new() };
        if *file.version.get_ref() != 1 {
            let message = format!("version {} is not known; this reads version 1", file.version.get_ref());
            reading.problem(file.version.span().start, message);
        }
        let mut starts = Vec::new();
        let mut list = Self { inference_pools: file.inference_pools, ..Self::empty(file.currency) };
        for entry in file.price {
            let at = entry.span().start;
            if let Some(price) = reading.price(at, entry.into_inner()) {
                starts.push(at);
                list.prices.push(price);
            }
        }
        reading.refuse_doubles(&list.prices, &starts);
        for entry in file.reserved {
            let at = entry.span().start;
            list.reserved.extend(reading.reserved(at, entry.into_inner()));
        }
        for entry in file.hosted {
            let at = entry.span().start;
            let hosted = reading.hosted(at, entry.into_inner());
            list.hosted.extend(hosted);
        }
        for entry in file.sku {
            let at = entry.span().start;
            list.skus.extend(reading.sku(at, entry.into_inner()));
        }
        if let Some(doubled) = list.doubled_sku() {
            let message = format!("{}: {} prices of the same begin on the same day; keep one", doubled.sku, doubled.kind);
            reading.problem(0, message);
        }
        if reading.problems.is_empty() { Ok(list) } else { Err(reading.problems) }
    }
}

impl Reading<'_> {
    fn problem(&mut self, at: usize, message: impl Into<String>) {
        self.problems.push(DocumentProblem::at(self.text, at, message));
    }

    /// The price of one token of one for a million; at 1e-18 nothing is left of more than 12 places.
    fn per_token(&mut self, at: usize, model: &str, key: &str, price: Decimal) -> Option<Amount> {
        const MILLION: i128 = 1_000_000;
        let atto = price.0.atto();
        if atto < 0 || atto % MILLION != 0 || price.0 > Amount::from_int(1_000_000_000) {
            let message =
                format!("{model}: {key}: {} cannot be a price for a million tokens: from 0 on, at most 12 decimals", price.0);
            self.problem(at, message);
            return None;
        }
        Amount::from_atto(atto / MILLION)
    }

    fn rates(&mut self, at: usize, model: &str, entry: &ScheduleEntry) -> Option<Rates> {
        let input = self.per_token(at, model, "input", entry.input)?;
        let mut other = |key: &str, price: Option<Decimal>, default: Amount| match price {
            Some(price) => self.per_token(at, model, key, price),
            None => Some(default),
        };
        let output = other("output", entry.output, Amount::ZERO)?;
        let cache_read = other("cache_read", entry.cache_read, input)?;
        let cache_write = other("cache_write", entry.cache_write, input)?;
        let request = entry.request.map_or(Amount::ZERO, |price| price.0);
        if request.is_negative() || request > Amount::from_int(1_000_000) {
            self.problem(at, format!("{model}: request: {request} cannot be the price of a request: from 0 on"));
            return None;
        }
        Some(Rates { input, output, cache_read, cache_write, request })
    }

    fn schedule(&mut self, at: usize, model: &str, entry: ScheduleEntry) -> Option<Schedule> {
        let rates = self.rates(at, model, &entry)?;
        let mut tiers = Vec::with_capacity(entry.tiers.len());
        for tier in entry.tiers {
            let TierEntry { above, input, output, cache_read, cache_write } = tier;
            let request = entry.request;
            let entry =
                ScheduleEntry { input, output: output.or(entry.output), cache_read, cache_write, request, tiers: Vec::new() };
            tiers.push(Tier { above, rates: self.rates(at, model, &entry)? });
        }
        if !tiers.is_sorted_by(|a, b| a.above < b.above) {
            self.problem(at, format!("{model}: tiers: `above` must rise from tier to tier"));
            return None;
        }
        Some(Schedule { rates, tiers })
    }

    fn days(&mut self, at: usize, what: &str, from: Option<Datetime>, until: Option<Datetime>) -> Option<Days> {
        let mut day = |key: &str, value: Option<Datetime>| match value.map(|value| day_of(&value)) {
            None => Some(None),
            Some(Some(day)) => Some(Some(day)),
            Some(None) => {
                self.problem(at, format!("{what}: {key}: write a day such as 2026-01-01"));
                None
            }
        };
        let (from, until) = (day("from", from)?, day("until", until)?);
        if let (Some(from), Some(until)) = (from, until)
            && until <= from
        {
            self.problem(
                at,
                format!("{what}: until {until} is not after from {from}; `until` is the first day on which it no longer holds"),
            );
            return None;
        }
        Some((from, until))
    }

    fn price(&mut self, at: usize, entry: PriceEntry) -> Option<ModelPrice> {
        let model = entry.model;
        let (from, until) = self.days(at, &model, entry.from, entry.until)?;
        let PriceEntry { input, output, cache_read, cache_write, request, tiers, .. } = entry;
        let standard = ScheduleEntry { input, output, cache_read, cache_write, request, tiers };
        let modes = [(STANDARD, Some(standard)), ("batch", entry.batch), ("priority", entry.priority), ("flex", entry.flex)];
        let mut schedules = BTreeMap::new();
        for (mode, schedule) in modes {
            if let Some(schedule) = schedule {
                schedules.insert(mode.to_owned(), self.schedule(at, &model, schedule)?);
            }
        }
        Some(ModelPrice { model, provider: entry.provider, from, until, schedules, source: entry.source })
    }

    /// Two prices of a model, vendor and first day would leave open which one holds.
    fn refuse_doubles(&mut self, prices: &[ModelPrice], starts: &[usize]) {
        let mut known: BTreeMap<_, usize> = BTreeMap::new();
        for (price, &at) in prices.iter().zip(starts) {
            let key = (&price.model, &price.provider, price.from);
            if let Some(first) = known.insert(key, at) {
                let line = crate::document::line_of(self.text, first);
                let message = format!(
                    "{}: a price that begins on the same day stands in line {line}: remove one, or state `from`",
                    price.model
                );
                self.problem(at, message);
            }
        }
    }

    fn positive(&mut self, at: usize, what: &str, key: &str, value: Amount) -> Option<Amount> {
        if value > Amount::ZERO && value <= Amount::from_int(1_000_000_000_000) {
            return Some(value);
        }
        self.problem(at, format!("{what}: {key}: {value} must be above 0 and at most 1e12"));
        None
    }

    fn weight(&mut self, at: usize, what: &str, key: &str, value: Option<Decimal>, default: Amount) -> Option<Amount> {
        let value = value.map_or(default, |value| value.0);
        if !value.is_negative() && value <= Amount::from_int(1_000_000) {
            return Some(value);
        }
        self.problem(at, format!("{what}: {key}: {value} must be from 0 to 1e6"));
        None
    }

    fn sku(&mut self, at: usize, entry: SkuEntry) -> Option<SkuPrice> {
        let (from, until) = self.days(at, &entry.sku, entry.from, entry.until)?;
        let usual = if entry.kind == SkuKind::Storage { "GB-month" } else { "hour" };
        let price = SkuPrice {
            kind: entry.kind,
            provider: entry.provider,
            region: entry.region,
            sku: entry.sku,
            unit: entry.unit.unwrap_or_else(|| usual.to_owned()),
            price: entry.price.0,
            term_months: entry.term_months,
            payment: entry.payment,
            from,
            until,
            source: entry.source,
        };
        match price.problem() {
            None => Some(price),
            Some(problem) => {
                self.problem(at, problem);
                None
            }
        }
    }

    fn reserved(&mut self, at: usize, entry: ReservedEntry) -> Option<Reserved> {
        let id = entry.id;
        let (from, until) = self.days(at, &id, Some(entry.from), entry.until)?;
        if entry.units == 0 || entry.tokens_per_minute_per_unit == 0 {
            self.problem(at, format!("{id}: units and tokens_per_minute_per_unit must be above 0"));
            return None;
        }
        Some(Reserved {
            model: entry.model,
            provider: entry.provider,
            workload: entry.workload,
            units: entry.units,
            price_per_unit_hour: self.positive(at, &id, "price_per_unit_hour", entry.price_per_unit_hour.0)?,
            tokens_per_minute_per_unit: entry.tokens_per_minute_per_unit,
            output_weight: self.weight(at, &id, "output_weight", entry.output_weight, Amount::ONE)?,
            cached_weight: self.weight(at, &id, "cached_weight", entry.cached_weight, Amount::ONE)?,
            from: from.unwrap_or_default(),
            until,
            id,
        })
    }

    fn hosted(&mut self, at: usize, entry: HostedEntry) -> Option<Hosted> {
        let name = entry.workload.clone().or_else(|| entry.model.clone());
        let Some(name) = name else {
            self.problem(at, "a hosted model needs `workload` or `model`, as usage names it");
            return None;
        };
        if entry.charges.is_empty() {
            let message = format!("{name}: charges: say which charges pay for it, such as {{ \"tag:Workload\" = {name:?} }}");
            self.problem(at, message);
            return None;
        }
        let share_by = match entry.share_by.as_ref().unwrap_or(&ShareByEntry::Tokens) {
            ShareByEntry::Tokens => ShareBy::Tokens,
            ShareByEntry::PrefillAndDecode => ShareBy::PrefillAndDecode,
            ShareByEntry::Requests => ShareBy::Requests,
            ShareByEntry::ComputeSeconds => ShareBy::ComputeSeconds,
        };
        let (weights, capacity_per_hour) = match share_by {
            ShareBy::PrefillAndDecode => self.speeds(at, &name, &entry)?,
            _ => self.weights(at, &name, &entry)?,
        };
        let gpus = entry.gpus_per_instance.map_or(Amount::ONE, |gpus| gpus.0);
        Some(Hosted {
            gpus_per_instance: self.positive(at, &name, "gpus_per_instance", gpus)?,
            workload: entry.workload,
            model: entry.model,
            charges: entry.charges,
            share_by,
            weights,
            capacity_per_hour,
            compare_with: entry.compare_with,
            source: entry.source,
        })
    }

    fn weights(&mut self, at: usize, name: &str, entry: &HostedEntry) -> Option<(Weights, Option<Amount>)> {
        if entry.input_tokens_per_second.is_some() || entry.output_tokens_per_second.is_some() {
            self.problem(at, format!("{name}: speeds go with share_by = \"prefill_and_decode\""));
            return None;
        }
        let usual = Weights::usual();
        let weights = match &entry.weights {
            None => usual,
            Some(given) => Weights {
                input: self.weight(at, name, "weights.input", Some(given.input), usual.input)?,
                output: self.weight(at, name, "weights.output", Some(given.output), usual.output)?,
                cached: self.weight(at, name, "weights.cached", given.cached, usual.cached)?,
                cache_write: self.weight(at, name, "weights.cache_write", given.cache_write, usual.cache_write)?,
            },
        };
        let capacity = match entry.tokens_per_hour {
            Some(capacity) => Some(self.positive(at, name, "tokens_per_hour", capacity.0)?),
            None => None,
        };
        Some((weights, capacity))
    }

    /// Seconds of an instance a token: those of one hour are its capacity.
    fn speeds(&mut self, at: usize, name: &str, entry: &HostedEntry) -> Option<(Weights, Option<Amount>)> {
        // What is found in the cache is not computed.
        let usual = Weights { cached: Amount::ZERO, ..Weights::usual() };
        let speeds = match (entry.input_tokens_per_second, entry.output_tokens_per_second) {
            (Some(input), Some(output)) => Some((input, output)),
            (None, None) => None,
            _ => {
                let both = "input_tokens_per_second and output_tokens_per_second";
                self.problem(
                    at,
                    format!("{name}: of {both} one is missing: state both, or none where the usage states the time"),
                );
                return None;
            }
        };
        if entry.weights.is_some() || entry.tokens_per_hour.is_some() {
            self.problem(at, format!("{name}: with prefill_and_decode the speeds say what weights and tokens_per_hour would"));
            return None;
        }
        let Some((input, output)) = speeds else { return Some((usual, None)) };
        let mut seconds = |key: &str, speed: Decimal| {
            let speed = self.positive(at, name, key, speed.0)?;
            Amount::ONE.checked_div(speed)
        };
        let input = seconds("input_tokens_per_second", input)?;
        let output = seconds("output_tokens_per_second", output)?;
        let weights = Weights { input, output, cache_write: input, ..usual };
        Some((weights, Some(Amount::from_int(3_600))))
    }
}

type Days = (Option<chrono::NaiveDate>, Option<chrono::NaiveDate>);
