use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;

fn now() -> DateTime<Utc> {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

fn replaced(sequence: u64, days_ago: i64) -> Replaced {
    Replaced {
        id: sequence.to_string(),
        dataset: "charges".into(),
        source: "aws".parse().unwrap(),
        period: "2026-05".parse().unwrap(),
        sequence,
        replaced_at: now() - TimeDelta::days(days_ago),
        archived: false,
        named_by: None,
    }
}

fn fates(policy: &str, revisions: &[Replaced]) -> String {
    let letter = |fate: Fate| match fate {
        Fate::Stays(_) => 's',
        Fate::Archived(_) => 'a',
        Fate::Retired(_) => 'r',
    };
    decide(&LakePolicy::parse(policy).unwrap(), revisions, now()).into_iter().map(letter).collect()
}

#[test]
fn limits_keep_what_either_of_them_keeps() {
    let revisions: Vec<Replaced> = [(1, 90), (2, 60), (3, 30), (4, 1)].map(|(n, days)| replaced(n, days)).into();
    assert_eq!(fates("version = 1", &revisions), "ssss");
    assert_eq!(fates("version = 1\nretention.keep_days = 60", &revisions), "rrss");
    assert_eq!(fates("version = 1\nretention.keep_last = 3", &revisions), "rsss");
    assert_eq!(fates("version = 1\nretention = { keep_last = 1, keep_days = 45 }", &revisions), "rrss");
    assert_eq!(fates("version = 1\nretention = { keep_last = 3, keep_days = 0 }", &revisions), "rsss");
    let archive = "version = 1\nretention.keep_days = 60\narchive = { folder = '/cold', after_days = 30 }";
    assert_eq!(fates(archive, &revisions), "rras");
}

#[test]
fn what_somebody_names_stays() {
    let policy = "version = 1\nretention.keep_days = 1\n[[holds]]\nreason = 'audit'\nfrom = '2026-04'\nto = '2026-05'\n";
    assert_eq!(fates(policy, &[replaced(1, 90)]), "s");
    assert_eq!(fates(&format!("{policy}source = 'azure'"), &[replaced(1, 90)]), "r");
    let mut named = replaced(1, 90);
    named.named_by = Some("2026-05 is closed".into());
    assert_eq!(fates("version = 1\nretention.keep_days = 1", &[named]), "s");
}

#[test]
fn mistakes_are_named() {
    for (text, says) in [
        ("version = 2", "version 1"),
        ("version = 1\nretention.days = 3", "days"),
        ("version = 1\nretention.keep_last = 0", "keep_days"),
        ("version = 1\narchive = { folder = 'cold', after_days = 1 }", "whole path"),
        ("version = 1\n[[holds]]\nreason = ''\nfrom = '2026-04'\nto = '2026-05'", "reason"),
        ("version = 1\n[[holds]]\nreason = 'x'\nfrom = '2026-06'\nto = '2026-05'", "before it begins"),
    ] {
        let error = LakePolicy::parse(text).unwrap_err().to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
}

proptest! {
    /// Later is never more: what stays at a moment stayed at every earlier one.
    #[test]
    fn a_revision_is_retired_once(days in prop::collection::vec(0_i64..400, 1..12), keep in 0_u32..300, last in 1_u32..5) {
        let revisions: Vec<Replaced> = days.iter().enumerate().map(|(n, days)| replaced(n as u64, *days)).collect();
        let policy = LakePolicy::parse(&format!("version = 1\nretention = {{ keep_days = {keep}, keep_last = {last} }}")).unwrap();
        let retired = |at| decide(&policy, &revisions, at).into_iter().map(|fate| matches!(fate, Fate::Retired(_))).collect::<Vec<_>>();
        let (today, tomorrow) = (retired(now()), retired(now() + TimeDelta::days(1)));
        prop_assert!(today.iter().zip(&tomorrow).all(|(today, tomorrow)| !today || *tomorrow));
        prop_assert!(today.iter().filter(|gone| **gone).count() + last as usize <= revisions.len().max(last as usize));
    }
}
