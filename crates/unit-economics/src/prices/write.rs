//! A price list as the text of a price document.

use std::fmt::Write;

use farthing_types::Amount;

use super::{ModelPrice, PriceList, Rates, STANDARD, Schedule};

impl PriceList {
    /// The prices as a document that [`PriceList::parse`] reads back to the same ones. Reserved and hosted capacity is not written: only a
    /// person writes that.
    pub fn prices_document(&self) -> String {
        let mut text = format!("version = 1\ncurrency = \"{}\"\n", self.currency);
        self.prices.iter().for_each(|price| price.write(&mut text));
        self.skus.iter().for_each(|price| price.write(&mut text));
        text
    }
}

impl ModelPrice {
    fn write(&self, text: &mut String) {
        let quoted = |value: &str| toml::Value::String(value.to_owned()).to_string();
        let mut line = |key: &str, value: String| writeln!(text, "{key} = {value}").expect("a String takes everything");
        line("\n[[price]]\nmodel", quoted(&self.model));
        if let Some(provider) = &self.provider {
            line("provider", quoted(provider));
        }
        for (key, day) in [("from", self.from), ("until", self.until)] {
            if let Some(day) = day {
                line(key, day.to_string());
            }
        }
        for (key, value) in self.schedules[STANDARD].rates.written() {
            line(key, value);
        }
        if !self.schedules[STANDARD].tiers.is_empty() {
            line("tiers", self.schedules[STANDARD].tiers_written());
        }
        for (mode, schedule) in self.schedules.iter().filter(|(mode, _)| *mode != STANDARD) {
            let tiers = if schedule.tiers.is_empty() { String::new() } else { format!(", tiers = {}", schedule.tiers_written()) };
            line(mode, format!("{{ {}{tiers} }}", inline(&schedule.rates)));
        }
        if let Some(source) = &self.source {
            let year = source.year.map(|year| format!(", year = {year}")).unwrap_or_default();
            line("source", format!("{{ source = {}{year} }}", quoted(&source.source)));
        }
    }
}

impl Schedule {
    fn tiers_written(&self) -> String {
        let tiers = self.tiers.iter().map(|tier| {
            let rates = tier.rates.written().into_iter().filter(|(key, _)| *key != "request");
            let rates: Vec<String> = rates.map(|(key, value)| format!("{key} = {value}")).collect();
            format!("{{ above = {}, {} }}", tier.above, rates.join(", "))
        });
        format!("[{}]", tiers.collect::<Vec<_>>().join(", "))
    }
}

impl Rates {
    /// Each price for a million tokens, in quotes, so that no reader makes a binary fraction of it.
    fn written(&self) -> Vec<(&'static str, String)> {
        let million = Amount::from_int(1_000_000);
        let price = |price: Amount| format!("\"{}\"", price.checked_mul(million).expect("a price of a token is below 1e14"));
        let mut written = vec![("input", price(self.input)), ("output", price(self.output))];
        if self.cache_read != self.input {
            written.push(("cache_read", price(self.cache_read)));
        }
        if self.cache_write != self.input {
            written.push(("cache_write", price(self.cache_write)));
        }
        if !self.request.is_zero() {
            written.push(("request", format!("\"{}\"", self.request)));
        }
        written
    }
}

fn inline(rates: &Rates) -> String {
    rates.written().into_iter().map(|(key, value)| format!("{key} = {value}")).collect::<Vec<_>>().join(", ")
}
