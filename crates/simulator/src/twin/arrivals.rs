//! Requests in order of time.

use super::calendar::Calendar;
use super::scenario::{Conditions, HOUR, Request, Sizes, Spread, Traffic};
use crate::random::Random;

/// Seconds for which a burst lasts.
const BURST_SECONDS: f64 = 60.0;

/// A request that comes at `at` on the simulated clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    pub at: f64,
    /// The hour that it is counted in; none while warming up.
    pub hour: Option<u32>,
    pub input_tokens: u32,
    pub output_tokens: u32,
}

/// The traffic of a workload, one request at a time.
pub(super) struct Arrivals<'a> {
    calendar: &'a Calendar,
    source: Source<'a>,
    random: Random,
    /// Requests expected in each hour: rates times seconds, or what was recorded.
    pub expected: Vec<f64>,
}

enum Source<'a> {
    Poisson(Box<Poisson<'a>>),
    Renewal { clock: f64, mean_seconds: f64, squared_variation: f64, sizes: &'a Sizes },
    Recorded { requests: &'a [Request], next: usize },
}

struct Poisson<'a> {
    rates: &'a [f64],
    per_hour: usize,
    sizes: &'a Sizes,
    conditions: &'a Conditions,
    clock: f64,
    /// Until when the rate stays as it is.
    until: f64,
    rate: f64,
    hour: Option<u32>,
}

impl<'a> Arrivals<'a> {
    pub(super) fn new(traffic: &'a Traffic, conditions: &'a Conditions, calendar: &'a Calendar, random: Random) -> Self {
        let source = match traffic {
            Traffic::Poisson { interval_seconds, rates, sizes } => {
                let per_hour = (HOUR / interval_seconds) as usize;
                let clock = -calendar.warm_up;
                let hour = None;
                Source::Poisson(Box::new(Poisson { rates, per_hour, sizes, conditions, clock, until: clock, rate: 0.0, hour }))
            }
            Traffic::Renewal { mean_seconds, squared_variation, sizes } => Source::Renewal {
                clock: -calendar.warm_up,
                mean_seconds: *mean_seconds,
                squared_variation: *squared_variation,
                sizes,
            },
            Traffic::Recorded(requests) => Source::Recorded { requests, next: 0 },
        };
        Self { calendar, source, random, expected: vec![0.0; calendar.hours()] }
    }

    /// The next one; none once the last hour is over.
    #[inline]
    pub(super) fn next(&mut self) -> Option<Arrival> {
        let (at, hour, sizes) = match &mut self.source {
            Source::Poisson(poisson) => {
                let at = poisson.next(self.calendar, &mut self.random, &mut self.expected)?;
                (at, poisson.hour, poisson.sizes)
            }
            Source::Renewal { clock, mean_seconds, squared_variation, sizes } => {
                *clock += self.random.gamma(*mean_seconds, *squared_variation);
                let hour = hour_at(self.calendar, *clock)?;
                if let Some(hour) = hour {
                    self.expected[hour as usize] += 1.0;
                }
                (*clock, hour, *sizes)
            }
            Source::Recorded { requests, next } => {
                let request = requests.get(*next)?;
                *next += 1;
                let hour = hour_at(self.calendar, request.at)??;
                self.expected[hour as usize] += 1.0;
                let Request { at, input_tokens, output_tokens } = *request;
                return Some(Arrival { at, hour: Some(hour), input_tokens, output_tokens: output_tokens.max(1) });
            }
        };
        let (input_tokens, output_tokens) = self.tokens(sizes);
        Some(Arrival { at, hour, input_tokens, output_tokens })
    }

    #[inline]
    fn tokens(&mut self, sizes: &Sizes) -> (u32, u32) {
        let (input, output) = (sizes.mean.input_tokens, sizes.mean.output_tokens);
        let draw = |random: &mut Random, mean: f64| match sizes.spread {
            // A mean between two whole numbers is met on the average.
            Spread::Fixed if mean.fract() == 0.0 => mean,
            Spread::Fixed => mean.floor() + f64::from(random.uniform() <= mean.fract()),
            // Rounded up, an exponential of this scale has the mean asked for.
            Spread::Exponential if mean > 1.0 => random.exponential(-1.0 / (1.0 - 1.0 / mean).ln()).ceil(),
            Spread::Exponential => f64::from(random.uniform() <= mean),
        };
        (draw(&mut self.random, input) as u32, (draw(&mut self.random, output) as u32).max(1))
    }
}

/// The hour of a moment of the simulated clock; `None` after the last one, `Some(None)` while warming up.
fn hour_at(calendar: &Calendar, at: f64) -> Option<Option<u32>> {
    if at >= calendar.end() {
        return None;
    }
    // Renewal and recorded traffic play whole hours.
    Some((at >= 0.0).then(|| (at / HOUR) as u32))
}

impl Poisson<'_> {
    #[inline]
    fn next(&mut self, calendar: &Calendar, random: &mut Random, expected: &mut [f64]) -> Option<f64> {
        loop {
            if self.rate > 0.0 {
                let at = self.clock + random.exponential(1.0 / self.rate);
                if at < self.until {
                    self.clock = at;
                    return Some(at);
                }
            }
            // Nothing more in this stretch; an exponential knows no past, so the next begins anew.
            self.clock = self.until;
            self.stretch(calendar, random, expected)?;
        }
    }

    /// The next stretch of one rate: at most an interval, and at most a minute where there are bursts.
    fn stretch(&mut self, calendar: &Calendar, random: &mut Random, expected: &mut [f64]) -> Option<()> {
        let next = self.hour.map_or(0, |hour| hour as usize);
        let (hour, start, seconds) = if self.clock < 0.0 {
            (None, -calendar.warm_up, calendar.warm_up)
        } else if self.clock >= calendar.end() {
            return None;
        } else {
            let hour = if self.clock >= calendar.start(next + 1) { next + 1 } else { next };
            (Some(hour as u32), calendar.start(hour), calendar.played(hour))
        };
        let at = hour.map_or(0, |hour| hour as usize);
        let interval = if hour.is_some() { seconds / self.per_hour as f64 } else { seconds };
        // The half keeps a clock that is a hair below a boundary out of the interval before it.
        let part = if hour.is_some() { ((self.clock - start) / interval + 1e-9) as usize } else { 0 }.min(self.per_hour - 1);
        let end_of_part = if hour.is_none() {
            0.0
        } else if part + 1 == self.per_hour {
            calendar.start(at + 1)
        } else {
            start + interval * (part + 1) as f64
        };
        let mut rate = self.rates[at * self.per_hour + part] * self.conditions.surge(at);
        self.until = end_of_part;
        if self.conditions.burst_variation > 0.0 {
            rate *= random.gamma(1.0, self.conditions.burst_variation);
            self.until = end_of_part.min(self.clock + BURST_SECONDS);
        }
        if let Some(hour) = hour {
            expected[hour as usize] += rate * (self.until - self.clock);
        }
        (self.rate, self.hour) = (rate, hour);
        Some(())
    }
}
