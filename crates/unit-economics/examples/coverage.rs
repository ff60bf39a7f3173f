//! Measures how often the intervals of this crate hold the truth, in seeded worlds, and prints the table of its README.
//!
//! `cargo run --release -p farthing-unit-economics --example coverage [WORLDS]`; 10,000 worlds without a number, a tenth of them for
//! experiments that are looked at after every decision.

use farthing_unit_economics::statistics::worlds::{
    Experiment, MONTH, Method, NOISY_FORTNIGHT, QUARTER, World, coverage, coverage_of_difference, coverage_under_peeking,
};

fn main() {
    let worlds: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(10_000);
    println!("| interval of | method | worlds | covered |");
    println!("|---|---|---|---|");
    let print =
        |what: &str, method: &str, worlds: u64, share: f64| println!("| {what} | {method} | {worlds} | {:.1} % |", share * 100.0);
    let named: [(&str, World, &str); 3] =
        [("30 days", MONTH, "delta"), ("90 days", QUARTER, "delta"), ("12 noisy days", NOISY_FORTNIGHT, "Fieller")];
    for (name, world, given) in named {
        let what = format!("a cost per decision, {name}");
        print(&what, given, worlds, coverage(world, Method::Given, worlds, 1));
        print(&what, "bootstrap", worlds, coverage(world, Method::Bootstrap, worlds, 1));
        let difference = coverage_of_difference(world, worlds, 1);
        print(&format!("the difference of two arms, {name}"), "Welch", worlds, difference);
    }
    let by_decision = Experiment { decisions: 10_000, split: 0.5, in_a_day: 1, day_effect: 0.0, tuned_for: 10_000 };
    let by_day = Experiment { decisions: 12_000, split: 0.5, in_a_day: 100, day_effect: 0.3, tuned_for: 60 };
    let experiments = [
        ("10,000 decisions, half and half", by_decision),
        ("10,000 decisions, one in five", Experiment { split: 0.2, ..by_decision }),
        ("10,000 decisions, tuned for 1,000", Experiment { tuned_for: 1_000, ..by_decision }),
        ("120 days of 100 decisions, looked at every day", by_day),
    ];
    for (name, experiment) in experiments {
        let held = coverage_under_peeking(experiment, worlds / 10, 1);
        print(&format!("A/B, {name}"), "confidence sequence, every look", worlds / 10, held.sequence);
        print(&format!("A/B, {name}"), "ordinary interval, every look", worlds / 10, held.ordinary);
    }
}
