//! Times attribution of a million groups over 100,000 keys by 200 rules and three pools.
//!
//! `cargo run --release -p farthing-attribution --example attribute_million [GROUPS] [KEYS] [RULES]`

use std::fmt::Write;
use std::time::Instant;

use chrono::{Days, NaiveDate};
use farthing_attribution::{ChargeGroup, Charges, Drivers, KeyTable, RuleSet, attribute};
use farthing_types::{Amount, Currency, FourCosts, Quantity};

fn main() {
    let mut sizes = std::env::args().skip(1).map(|size| size.replace('_', "").parse::<u64>().expect("a size is a whole number"));
    let groups = sizes.next().unwrap_or(1_000_000);
    let keys = sizes.next().unwrap_or(100_000);
    let rules = sizes.next().unwrap_or(200);
    let started = Instant::now();
    let set = RuleSet::parse(&rule_file(rules)).unwrap_or_else(|errors| panic!("{errors:#?}"));
    println!(
        "parse    {:>9.1?}  {} rules, {} units, {} warnings",
        started.elapsed(),
        rules,
        set.units().ids().len(),
        set.warnings().len()
    );
    let started = Instant::now();
    let table = key_table(&set, keys);
    println!("keys     {:>9.1?}  {} keys, {} fields", started.elapsed(), table.len(), table.fields().len());
    let bill = bill(groups, keys);
    let sources = ["aws", "azure", "gcp"].map(|name| name.parse().expect("a name is an id"));
    let window = "2026-05-01/2026-06-01".parse().expect("a month is a window");
    let mut drivers = Drivers::new();
    for unit in 0..rules {
        let id = format!("unit-{unit:04}").parse().expect("a name is an id");
        drivers.add("tokens", id, Quantity::from_int((unit % 17) as i64 * 1000)).expect("a few tokens fit");
    }
    for _ in 0..3 {
        let started = Instant::now();
        let charges = Charges { keys: &table, sources: &sources, groups: &bill, window };
        let answer = attribute(&set, &charges, &drivers).unwrap_or_else(|error| panic!("{error}"));
        println!(
            "attribute{:>9.1?}  {} groups: {} direct, {} shared, {} unattributed lines, proven: {}",
            started.elapsed(),
            groups,
            answer.direct.len(),
            answer.pools.len(),
            answer.unattributed.len(),
            answer.is_proven()
        );
    }
}

/// A small generator of well-mixed numbers (SplitMix64), so that the example needs no dependency.
fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn rule_file(rules: u64) -> String {
    let mut text = String::from("version = 1\n");
    for unit in 0..rules {
        // A twentieth of the units is new in mid-month, so that rules are evaluated on two intervals of days.
        let from = if unit % 20 == 19 { "\nfrom = 2026-05-16" } else { "" };
        let _ = writeln!(text, "[[units]]\nid = \"unit-{unit:04}\"{from}");
    }
    for rule in 0..rules {
        let when = match rule % 5 {
            0 => format!("{{ SubAccountId = \"{rule:012}\" }}"),
            1 => format!("{{ \"tag:app\" = [\"app-{rule}\", \"app-{}\"] }}", rule + 1000),
            2 => format!("{{ ServiceName = {{ prefix = \"Service {}\" }}, \"tag:team\" = \"team-{rule}\" }}", rule % 40),
            3 => format!("{{ ResourceType = {{ glob = \"*-{rule}\" }}, RegionId = {{ not = \"eu-west-1\" }} }}"),
            _ => format!("{{ \"tag:app\" = {{ regex = \"^svc-{rule}-[0-9]+$\" }} }}"),
        };
        let _ = writeln!(text, "[[rules]]\nid = \"rule-{rule:04}\"\nunit = \"unit-{rule:04}\"\nwhen = {when}");
    }
    for (stage, driver) in [(1, "tokens"), (2, "direct_cost"), (3, "even")] {
        let _ = writeln!(
            text,
            "[[pools]]\nid = \"pool-{stage}\"\nunit = \"unit-{stage:04}\"\nstage = {stage}\ndriver = \"{driver}\""
        );
    }
    text
}

fn key_table(rules: &RuleSet, keys: u64) -> KeyTable {
    let mut table = KeyTable::new(rules.fields_read());
    let fields: Vec<String> = table.fields().map(str::to_owned).collect();
    for key in 0..keys {
        let of = |salt: u64, count: u64| mixed(key * 16 + salt) % count;
        let value = |field: &str| match field {
            "SubAccountId" => Some(format!("{:012}", of(1, 400))),
            "ServiceName" => Some(format!("Service {}", of(2, 120))),
            "ResourceType" => Some(format!("type-{}", of(3, 300))),
            "RegionId" => Some(["eu-west-1", "us-east-1", "eu-central-1"][of(4, 3) as usize].to_owned()),
            "ChargeCategory" => Some(if of(5, 50) == 0 { "Tax" } else { "Usage" }.to_owned()),
            "Tags" => (of(6, 3) > 0).then(|| format!("{{\"app\":\"app-{}\",\"n\":\"{key}\"}}", of(7, 3000))),
            "tag:app" if of(6, 3) > 0 => Some(match of(8, 2) {
                0 => format!("app-{}", of(7, 3000)),
                _ => format!("svc-{}-{}", of(7, 400), of(9, 10)),
            }),
            "tag:team" => (of(10, 2) > 0).then(|| format!("team-{}", of(11, 250))),
            _ => None,
        };
        let values: Vec<Option<String>> = fields.iter().map(|field| value(field)).collect();
        table.push(values.iter().map(|value| value.as_deref()));
    }
    table
}

fn bill(groups: u64, keys: u64) -> Vec<ChargeGroup> {
    let first = NaiveDate::from_ymd_opt(2026, 5, 1).expect("a day of the calendar");
    let group = |at: u64| {
        let of = |salt: u64, count: u64| mixed(at * 8 + salt) % count;
        let cost = |salt: u64| Amount::from_atto(mixed(at * 8 + salt) as i128 * 1_000).expect("a small amount fits");
        let costs = FourCosts { billed: cost(1), effective: cost(2), contracted: cost(3), list: cost(4) };
        let (key, source) = (of(5, keys) as u32, of(6, 3) as u32);
        ChargeGroup { source, key, currency: Currency::USD, day: first + Days::new(of(7, 31)), costs, charges: 1 + of(0, 50) }
    };
    (0..groups).map(group).collect()
}
