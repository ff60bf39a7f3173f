use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Days from the first of March 2026, a Sunday: less at weekends, some noise that repeats, and what else is asked for.
fn series(days: usize, more: impl Fn(NaiveDate) -> f64) -> DailySeries {
    let first = day("2026-03-01");
    let value = |at: usize| {
        let date = first + chrono::TimeDelta::days(at as i64);
        let weekend = if matches!(at % 7, 0 | 6) { 70.0 } else { 100.0 };
        weekend + ((at * 37) % 11) as f64 - 5.0 + more(date)
    };
    DailySeries { first, values: (0..days).map(value).collect() }
}

#[test]
fn a_month_with_weekends_is_forecast_within_its_interval() {
    let history = series(71, |_| 0.0);
    let found = outlook(&history, 21).unwrap();
    let came: f64 = series(92, |_| 0.0).values[71..].iter().sum();
    assert_eq!((found.method, found.daily.len()), (Method::WeeklySmoothing, 21));
    assert!((found.total - came).abs() < 0.02 * came, "{} is not {came}", found.total);
    let (low, high) = (found.low.unwrap(), found.high.unwrap());
    assert!(low < came && came < high && high - low < 0.2 * came, "{low} {came} {high}");
    let tested = found.back_test.unwrap();
    assert_eq!((tested.horizon, tested.origins), (21, 30));
    assert!(tested.mape.unwrap() < 2.0 && tested.coverage > 0.9, "{tested:?}");
}

#[test]
fn a_fee_of_every_first_is_expected_on_the_first_and_on_no_other_day() {
    let fee = |date: NaiveDate| if date.format("%d").to_string() == "01" { 900.0 } else { 0.0 };
    let found = outlook(&series(90, fee), 10).unwrap();
    // 30 May is the 91st day: the first of June is the third of those to come.
    assert!((found.daily[2] - 1000.0).abs() < 40.0, "{:?}", found.daily);
    assert!(found.daily.iter().enumerate().all(|(at, value)| at == 2 || *value < 130.0), "{:?}", found.daily);
    let once = outlook(&series(90, |date| if date == day("2026-05-12") { 5000.0 } else { 0.0 }), 10).unwrap();
    let never = outlook(&series(90, |_| 0.0), 10).unwrap();
    assert!((once.total - never.total).abs() < 0.02 * never.total, "one purchase is no trend");
}

#[test]
fn a_new_level_is_followed() {
    let found = outlook(&series(90, |date| if date >= day("2026-05-01") { 100.0 } else { 0.0 }), 7).unwrap();
    let came: f64 = 5.0 * 200.0 + 2.0 * 170.0;
    assert!((found.total - came).abs() < 0.08 * came, "{} is not {came}", found.total);
}

#[test]
fn short_history_has_neither_season_nor_test_and_no_history_no_forecast() {
    let ten = outlook(&series(10, |_| 0.0), 5).unwrap();
    assert_eq!((ten.method, ten.back_test.is_none(), ten.low.is_some()), (Method::Smoothing, true, true));
    let one = outlook(&DailySeries { first: day("2026-03-01"), values: vec![12.5] }, 30).unwrap();
    assert_eq!((one.total, one.low), (375.0, None));
    assert_eq!(outlook(&series(10, |_| 0.0), 0).unwrap().total, 0.0);
    assert_eq!(outlook(&series(0, |_| 0.0), 5), Err(DailyError::Empty));
    assert_eq!(outlook(&series(800, |_| 0.0), 5), Err(DailyError::TooLong(800)));
    assert_eq!(outlook(&series(8, |_| 0.0), 800), Err(DailyError::TooFar(800)));
    let broken = DailySeries { first: day("2026-03-01"), values: vec![1.0, f64::NAN] };
    assert!(outlook(&broken, 5).unwrap_err().to_string().starts_with("2026-03-02: NaN"));
}

#[test]
fn what_was_known_then_does_not_depend_on_what_came_later() {
    let long = series(120, |_| 0.0);
    let mut other = long.clone();
    other.values[110..].iter_mut().for_each(|value| *value *= 9.0);
    let at = |series: &DailySeries| Fit::of(&series.values[..100], series.first).ahead(5);
    assert_eq!(at(&long), at(&other));
}

/// A generator of its own, so that the series are the same everywhere.
fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move || {
        // Twelve uniform numbers less six are normal enough.
        (0..12)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 11) as f64 / (1_u64 << 53) as f64
            })
            .sum::<f64>()
            - 6.0
    }
}

#[test]
fn intervals_hold_what_comes_about_as_often_as_they_say() {
    let (mut held, mut asked) = (0, 0);
    for seed in 1..=200 {
        let mut next = noise(seed);
        let mut level = 1000.0;
        let values: Vec<f64> = (0..120)
            .map(|at| {
                level += 8.0 * next();
                level + [0.0, 20.0, 25.0, 15.0, 5.0, -150.0, -180.0][at % 7] + 25.0 * next()
            })
            .collect();
        let history = DailySeries { first: day("2026-01-01"), values: values[..100].to_vec() };
        let found = outlook(&history, 20).unwrap();
        let came: f64 = values[100..].iter().sum();
        asked += 1;
        held += usize::from(found.low.unwrap() <= came && came <= found.high.unwrap());
    }
    let share = held as f64 / asked as f64;
    assert!((0.90..=0.995).contains(&share), "{share}");
}

proptest! {
    #[test]
    fn a_forecast_scales_with_its_series(values in prop::collection::vec(0.0..1e6, 1..90), days in 1_usize..40, scale in 0.001_f64..1e4) {
        let first = day("2026-03-01");
        let plain = outlook(&DailySeries { first, values: values.clone() }, days).unwrap();
        let scaled = outlook(&DailySeries { first, values: values.iter().map(|value| value * scale).collect() }, days).unwrap();
        let size: f64 = values.iter().copied().fold(1.0, f64::max) * scale * days as f64;
        let difference: f64 = scaled.total - plain.total * scale;
        prop_assert!(difference.abs() <= 1e-6 * size, "{} {}", scaled.total, plain.total * scale);
        prop_assert!(plain.low.is_none_or(|low| low <= plain.total) && plain.high.is_none_or(|high| high >= plain.total));
        prop_assert!((plain.daily.iter().sum::<f64>() - plain.total).abs() <= 1e-6 * size / scale);
    }
}
