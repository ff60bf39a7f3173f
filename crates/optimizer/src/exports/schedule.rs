//! From replicas by hour to actions of a week, in UTC.

use std::collections::BTreeMap;

/// Hours of a week, from Monday 00:00 UTC.
pub(super) const HOURS: usize = 168;
const MINUTES: i32 = 60 * 24 * 7;
/// Minutes before the hour at which replicas are asked for that it has more of: scale action and cold start, as the twin has them.
pub(super) const LEAD_MINUTES: i32 = 4;
const DAYS: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

/// So many replicas from a time of day on, on some days of the week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Action {
    /// Minute of the day.
    pub minute: u32,
    /// Days, 0 is Monday, in order.
    pub days: Vec<usize>,
    pub replicas: u32,
}

impl Action {
    /// Six fields, as AWS has them: minutes, hours, day of month, month, day of week, year.
    pub(super) fn aws_cron(&self) -> String {
        let days = if self.days.len() == 7 { "*".to_owned() } else { self.day_names() };
        let day_of_month = if self.days.len() == 7 { "*" } else { "?" };
        let days = if self.days.len() == 7 { "?" } else { &days };
        format!("cron({} {} {day_of_month} * {days} *)", self.minute % 60, self.minute / 60)
    }

    fn day_names(&self) -> String {
        self.days.iter().map(|day| DAYS[*day]).collect::<Vec<_>>().join(",")
    }

    /// A name of its own within the target: `mon-tue-0756-to-4`.
    pub(super) fn name(&self) -> String {
        let days = if self.days.len() == 7 { "daily".to_owned() } else { self.day_names().to_lowercase().replace(',', "-") };
        format!("{days}-{:02}{:02}-to-{}", self.minute / 60, self.minute % 60, self.replicas)
    }
}

/// The fewest actions that take the replicas through the week: one for each time of day and number, on the days that have it.
/// Growth comes [`LEAD_MINUTES`] before its hour. A constant week has one action, at its beginning.
pub(super) fn actions(replicas: &[u32]) -> Vec<Action> {
    let mut by_time: BTreeMap<(i32, u32), Vec<usize>> = BTreeMap::new();
    for hour in 0..replicas.len() {
        let (before, now) = (replicas[(hour + replicas.len() - 1) % replicas.len()], replicas[hour]);
        if now != before {
            let minute = moment(hour, now > before);
            by_time.entry((minute % (24 * 60), now)).or_default().push((minute / (24 * 60)) as usize);
        }
    }
    if by_time.is_empty() {
        by_time.insert((0, replicas.first().copied().unwrap_or(0)), vec![0]);
    }
    let action = |((minute, replicas), mut days): ((i32, u32), Vec<usize>)| {
        days.sort_unstable();
        Action { minute: minute as u32, days, replicas }
    };
    by_time.into_iter().map(action).collect()
}

/// Minute of the week at which an hour's replicas are asked for.
fn moment(hour: usize, grows: bool) -> i32 {
    let lead = if grows { LEAD_MINUTES } else { 0 };
    (hour as i32 * 60 - lead).rem_euclid(MINUTES)
}

/// A span of the week with more than the fewest replicas, in minutes of the week; it may go over the week's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// Minute of the day of its beginning and end, and the days of each.
    pub start: (u32, Vec<usize>),
    pub end: (u32, Vec<usize>),
    pub replicas: u32,
}

impl Span {
    pub(super) fn cron(edge: &(u32, Vec<usize>)) -> String {
        // Kubernetes counts days from Sunday.
        let mut days: Vec<usize> = edge.1.iter().map(|day| (day + 1) % 7).collect();
        days.sort_unstable();
        let days = match days.len() {
            7 => "*".to_owned(),
            _ => days.iter().map(usize::to_string).collect::<Vec<_>>().join(","),
        };
        format!("{} {} * * {days}", edge.0 % 60, edge.0 / 60)
    }
}

/// Runs of hours with the same replicas above the fewest, those with the same times of day and number together.
pub(super) fn spans(replicas: &[u32]) -> Vec<Span> {
    let (hours, fewest) = (replicas.len(), replicas.iter().copied().min().unwrap_or(0));
    let at = |hour: usize| replicas[hour % hours];
    let mut grouped: BTreeMap<(i32, i32, u32), Vec<(i32, i32)>> = BTreeMap::new();
    for hour in (0..hours).filter(|hour| at(*hour) > fewest && at(*hour) != at(hour + hours - 1)) {
        let length = (1..=hours).find(|more| at(hour + more) != at(hour)).unwrap_or(hours);
        let start = moment(hour, at(hour) > at(hour + hours - 1));
        // Until the next has been asked for, when that has more; the larger of two triggers counts.
        let end = ((hour + length) as i32 * 60).rem_euclid(MINUTES);
        grouped.entry((start % (24 * 60), end % (24 * 60), at(hour))).or_default().push((start / (24 * 60), end / (24 * 60)));
    }
    let span = |((start, end, replicas), mut days): ((i32, i32, u32), Vec<(i32, i32)>)| {
        days.sort_unstable();
        let of = |edge: fn(&(i32, i32)) -> i32| days.iter().map(|day| edge(day) as usize).collect::<Vec<_>>();
        let mut ends = of(|day| day.1);
        ends.sort_unstable();
        Span { start: (start as u32, of(|day| day.0)), end: (end as u32, ends), replicas }
    };
    grouped.into_iter().map(span).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a week of actions sets at a minute: that of the latest action up to it.
    fn set_at(actions: &[Action], minute: i32) -> u32 {
        let all = actions.iter().flat_map(|a| a.days.iter().map(|day| (*day as i32 * 1440 + a.minute as i32, a.replicas)));
        all.min_by_key(|(at, _)| (minute - at).rem_euclid(MINUTES)).unwrap().1
    }

    /// What the triggers want at a minute.
    fn wanted_at(spans: &[Span], fewest: u32, minute: i32) -> u32 {
        let active = |span: &&Span| {
            let since = |(of_day, days): &(u32, Vec<usize>)| {
                days.iter().map(|day| (minute - (*day as i32 * 1440 + *of_day as i32)).rem_euclid(MINUTES)).min().unwrap()
            };
            since(&span.start) < since(&span.end)
        };
        spans.iter().filter(active).map(|span| span.replicas).max().unwrap_or(0).max(fewest)
    }

    proptest! {
        #[test]
        fn in_every_hour_there_are_the_replicas_of_the_plan(levels in prop::collection::vec(0_u32..4, 24), weekend in prop::collection::vec(0_u32..4, 24)) {
            let week: Vec<u32> = (0..HOURS).map(|hour| if hour / 24 >= 5 { weekend[hour % 24] } else { levels[hour % 24] }).collect();
            let (actions, spans, fewest) = (actions(&week), spans(&week), *week.iter().min().unwrap());
            for hour in 0..HOURS {
                // In the last minutes the next hour's may be there already.
                for minute in [0, 30, 55] {
                    let at = hour as i32 * 60 + minute;
                    prop_assert_eq!(set_at(&actions, at), week[hour], "hour {}", hour);
                    prop_assert_eq!(wanted_at(&spans, fewest, at), week[hour], "hour {}", hour);
                }
                let next = week[(hour + 1) % HOURS];
                prop_assert_eq!(set_at(&actions, hour as i32 * 60 + 58), week[hour].max(next));
            }
        }
    }

    #[test]
    fn days_alike_share_an_action() {
        let week: Vec<u32> = (0..HOURS).map(|hour| if hour / 24 < 5 && (8..18).contains(&(hour % 24)) { 6 } else { 2 }).collect();
        let actions = actions(&week);
        let crons: Vec<String> = actions.iter().map(Action::aws_cron).collect();
        assert_eq!(crons, ["cron(56 7 ? * MON,TUE,WED,THU,FRI *)", "cron(0 18 ? * MON,TUE,WED,THU,FRI *)"]);
        assert_eq!(actions[0].name(), "mon-tue-wed-thu-fri-0756-to-6");
        let [span] = spans(&week).try_into().unwrap();
        assert_eq!((Span::cron(&span.start), Span::cron(&span.end)), ("56 7 * * 1,2,3,4,5".into(), "0 18 * * 1,2,3,4,5".into()));
        assert_eq!(super::actions(&[3; HOURS])[0].aws_cron(), "cron(0 0 ? * MON *)");
    }
}
