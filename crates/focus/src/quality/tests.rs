use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use farthing_types::{Amount, Currency};
use proptest::prelude::*;

use super::*;
use crate::Conformity;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn may(days: impl IntoIterator<Item = u32>) -> BTreeSet<NaiveDate> {
    days.into_iter().map(|day| NaiveDate::from_ymd_opt(2026, 5, day).unwrap()).collect()
}

/// May 2026 of a source that has delivered on three days, seen at the end of the 20th.
fn may_on_the_20th() -> Observed {
    Observed {
        source: "aws".parse().unwrap(),
        period: "2026-05".parse().unwrap(),
        revision: "r".to_owned(),
        now: at("2026-05-21T00:00:00Z"),
        delivered_at: at("2026-05-20T00:00:00Z"),
        deliveries: [18, 19, 20].map(|day| at(&format!("2026-05-{day}T00:00:00Z"))).to_vec(),
        is_newest: true,
        days: may(1..=18),
        days_before: BTreeSet::new(),
        delivered: Some(Delivered {
            rows: 1_000,
            set_aside: 0,
            conformity: Conformity { held: 1_000, broke_must: 0, broke_should: 0 },
            periods: vec!["2026-05".parse().unwrap()],
        }),
        columns: vec![ColumnFill { column: "SubAccountId".to_owned(), filled: Some(1_000), rows: 1_000 }],
        tags: vec!["team".to_owned()],
        tagged: vec![TaggedMoney { currency: Currency::USD, tagged: Amount::from_int(8), whole: Amount::from_int(8) }],
        rules: Vec::new(),
    }
}

fn value(quality: &Quality, measure: Measure) -> Option<String> {
    quality.measure(measure).value.as_ref().map(|ratio| format!("{ratio:?}"))
}

#[test]
fn a_whole_fresh_and_conforming_month_is_one() {
    let quality = assess(&may_on_the_20th(), &Expectation::default());
    assert_eq!(quality.overall, Some(Ratio::whole()), "{:#?}", quality.measures);
    assert!(quality.breaches.is_empty() && quality.measures.iter().all(|measured| measured.next_step.is_empty()));
    assert_eq!(quality.measure(Measure::Days).detail, "18 of 18 days");
}

#[test]
fn each_measure_is_the_share_that_was_counted() {
    let mut observed = may_on_the_20th();
    observed.days = may((1..=18).filter(|day| ![3, 9, 10].contains(day)));
    observed.columns[0].filled = Some(750);
    let money = TaggedMoney { currency: Currency::EUR, tagged: Amount::from_int(1), whole: Amount::from_int(4) };
    observed.tagged.push(money);
    let conformity = Conformity { held: 990, broke_must: 90, broke_should: 100 };
    observed.delivered = Some(Delivered { set_aside: 10, conformity, ..observed.delivered.unwrap() });
    observed.delivered_at = at("2026-05-17T00:00:00Z");
    let quality = assess(&observed, &Expectation::default());
    let expected = [
        (Measure::Days, "5/6"),
        (Measure::Kept, "99/100"),
        (Measure::Filled, "3/4"),
        (Measure::Tagged, "1/4"),
        (Measure::Charges, "1"),
        (Measure::Delivery, "1/2"),
        // 900 good rows, of which 100 count three quarters.
        (Measure::Conforming, "875/990"),
    ];
    for (measure, ratio) in expected {
        let reduced = if ratio == "875/990" { "175/198" } else { ratio };
        assert_eq!(value(&quality, measure).as_deref(), Some(reduced), "{measure:?}: {}", quality.measure(measure).detail);
    }
    assert!(quality.measure(Measure::Days).detail.ends_with("none on 2026-05-03, 2026-05-09 to 2026-05-10"));
    // (5/6 + 99/100 + 3/4 + 1/4) / 4, (1 + 1/2) / 2, and 175/198, the first counted twice.
    let dimensions = [&quality.completeness, &quality.timeliness, &quality.conformance];
    assert_eq!(dimensions.map(|ratio| format!("{:?}", ratio.as_ref().unwrap())), ["847/1200", "3/4", "175/198"]);
    assert_eq!(quality.overall.unwrap().decimal(6), "0.761376");
}

#[test]
fn what_cannot_be_known_is_said_and_counts_nothing() {
    let mut observed = may_on_the_20th();
    observed.days = may([1]);
    observed.deliveries.truncate(1);
    observed.delivered = None;
    observed.columns.clear();
    observed.tagged.clear();
    let quality = assess(&observed, &Expectation::default());
    assert_eq!(quality.overall, None);
    for measured in &quality.measures {
        assert_eq!((&measured.value, measured.part), (&None, None));
        assert!(!measured.detail.is_empty() && measured.next_step.is_empty(), "{measured:?}");
    }
    // A bill in a provider's own columns promises no FOCUS.
    let conformity = Conformity::default();
    observed.delivered = Some(Delivered { rows: 5, set_aside: 0, conformity, periods: Vec::new() });
    let quality = assess(&observed, &Expectation::default());
    assert_eq!((value(&quality, Measure::Kept).as_deref(), value(&quality, Measure::Conforming)), (Some("1"), None));
    assert_eq!(quality.overall, Some(Ratio::whole()));
}

#[test]
fn the_cadence_is_told_by_the_month_before_or_by_the_sla() {
    let mut observed = may_on_the_20th();
    observed.days = may([1, 2]);
    assert_eq!(value(&assess(&observed, &Expectation::default()), Measure::Days), None);
    observed.days_before = (1..=30).map(|day| NaiveDate::from_ymd_opt(2026, 4, day).unwrap()).collect();
    assert_eq!(value(&assess(&observed, &Expectation::default()), Measure::Days).as_deref(), Some("1/9"));
    let monthly = Expectation { cadence: Some(Cadence::Monthly), ..Expectation::default() };
    assert_eq!(value(&assess(&observed, &monthly), Measure::Days), None);
    observed.now = at("2026-06-04T00:00:00Z");
    assert_eq!(value(&assess(&observed, &monthly), Measure::Days).as_deref(), Some("1"));
}

#[test]
fn a_period_that_is_over_grows_no_older() {
    let mut observed = may_on_the_20th();
    (observed.days, observed.delivered_at) = (may(1..=31), at("2026-06-01T06:00:00Z"));
    (observed.now, observed.is_newest) = (at("2026-12-01T00:00:00Z"), false);
    assert_eq!(assess(&observed, &Expectation::default()).overall, Some(Ratio::whole()));
    // The same month as the last of its source is half a year old.
    observed.is_newest = true;
    let quality = assess(&observed, &Expectation::default());
    assert_eq!(value(&quality, Measure::Charges).as_deref(), Some("1/61"));
}

#[test]
fn the_sla_is_held_and_a_breach_says_what_by_how_much_and_what_to_do() {
    let sla = "version = 1\n[[sla]]\nsource = \"aws\"\nmin_days = \"100 %\"\nmin_overall = \"0.5\"\nmin_tagged = \"0.9\"\n\
               max_delivery_age_hours = 20\n[[sla]]\nmin_kept = \"1\"\n";
    let sla = Sla::parse(sla).unwrap();
    assert_eq!(sla.to_string(), "expectations of 1 sources, and of every other one");
    let mut observed = may_on_the_20th();
    observed.days.remove(&NaiveDate::from_ymd_opt(2026, 5, 18).unwrap());
    observed.tagged.clear();
    let quality = assess(&observed, &sla.of(&observed.source));
    let said: Vec<_> = quality.breaches.iter().map(|b| (b.bound.as_str(), &*b.demanded, &*b.found, &*b.by)).collect();
    assert_eq!(said, [("min_days", "100.0 %", "94.4 %", "5.5 points"), ("max_delivery_age_hours", "20 h", "24 h", "4 h")]);
    assert!(quality.breaches[0].next_step.contains("2026-05-18") && quality.breaches[0].next_step.contains("--source aws"));
    assert_eq!(quality.unchecked, [Bound::MinTagged]);

    let other = "gcp".parse().unwrap();
    assert_eq!(sla.of(&other).least.keys().collect::<Vec<_>>(), [&Bound::MinKept]);
    let awaited: Vec<_> =
        sla.awaited().filter_map(|(source, expected)| nothing_delivered(source, expected, observed.now)).collect();
    assert_eq!((awaited.len(), &*awaited[0].found, &*awaited[0].demanded), (1, "no delivery", "20 h"));
}

#[test]
fn an_sla_that_makes_no_sense_is_refused() {
    for (text, said) in [
        ("version = 2", "version 1"),
        ("version = 1\n[[sla]]\nmin_days = 0.9", "in quotes"),
        ("version = 1\n[[sla]]\nmin_days = \"120 %\"", "between 0 and 1"),
        ("version = 1\n[[sla]]\nmin_dayz = \"1\"", "min_dayz"),
        ("version = 1\n[[sla]]\n[[sla]]\nsource = \"aws\"", "never reached"),
        ("version = 1\n[[sla]]\ncolumns = [\"SubAcountId\"]", "SubAcountId is no FOCUS column"),
        ("version = 1\n[[sla]]\nmax_charge_age_hours = 0", "at least one"),
        ("version = 1\n[[sla]]\ncadence = \"weekly\"", "weekly"),
    ] {
        let error = Sla::parse(text).unwrap_err().to_string();
        assert!(error.contains(said), "{text}: {error}");
    }
}

#[test]
fn ratios_are_exact_and_their_texts_never_say_more_than_is_there() {
    let ratio = |part: i64, whole: i64| Ratio::of(Amount::from_int(part), Amount::from_int(whole)).unwrap();
    assert_eq!(ratio(9_999_999, 10_000_000).percent(), "99.9 %");
    assert_eq!(serde_json::to_string(&ratio(27, 31)).unwrap(), r#"{"decimal":"0.870967","exact":"27/31"}"#);
    assert_eq!("98 %".parse::<Ratio>(), Ok(ratio(49, 50)));
    assert_eq!(Ratio::of(Amount::ONE, Amount::ZERO), None);
}

proptest! {
    #[test]
    fn figures_lie_between_nothing_and_all_and_more_is_never_worse(
        days in proptest::collection::btree_set(1_u32..=31, 0..31),
        (read, aside) in (0_u64..10_000).prop_flat_map(|read| (Just(read), 0..=read)),
        (held, must, should) in (0_u64..10_000).prop_flat_map(|held| (0..=held).prop_flat_map(move |must| (Just(held), Just(must), 0..=held - must))),
        hours in 0_i64..2_000,
    ) {
        let mut observed = may_on_the_20th();
        observed.now += TimeDelta::hours(hours);
        observed.days = may(days);
        let conformity = Conformity { held, broke_must: must, broke_should: should };
        observed.delivered = Some(Delivered { rows: read, set_aside: aside, conformity, periods: Vec::new() });
        let daily = Expectation { cadence: Some(Cadence::Daily), ..Expectation::default() };
        let quality = assess(&observed, &daily);
        let nothing = Ratio::of(Amount::ZERO, Amount::ONE).unwrap();
        let figures = quality.measures.iter().filter_map(|measured| measured.value.clone());
        for figure in figures.chain(quality.overall.clone()) {
            prop_assert!(nothing <= figure && figure <= Ratio::whole(), "{figure:?}");
        }
        let before = quality.measure(Measure::Days).value.clone();
        observed.days.insert(NaiveDate::from_ymd_opt(2026, 5, 7).unwrap());
        prop_assert!(assess(&observed, &daily).measure(Measure::Days).value >= before);
    }
}
