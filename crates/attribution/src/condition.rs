//! Conditions on a column or tag, ready to be evaluated and compared.

use std::collections::BTreeSet;
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};
use regex::RegexSet;

use crate::error::Problem;
use crate::file::{ConditionEntry, TestsEntry, Texts};

/// One test of a value; `None` is a value that is absent.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    OneOf(BTreeSet<String>),
    NoneOf(BTreeSet<String>),
    Prefix(Vec<String>),
    Glob(Vec<String>, Vec<GlobMatcher>),
    Regex(Vec<String>, RegexSet),
    Present,
    Absent,
}

impl Test {
    pub fn holds(&self, value: Option<&str>) -> bool {
        match (self, value) {
            (Self::NoneOf(texts), Some(value)) => !texts.contains(value),
            (Self::NoneOf(_) | Self::Absent, None) => true,
            (Self::Absent, Some(_)) | (_, None) => false,
            (Self::Present, Some(_)) => true,
            (Self::OneOf(texts), Some(value)) => texts.contains(value),
            (Self::Prefix(prefixes), Some(value)) => prefixes.iter().any(|prefix| value.starts_with(prefix.as_str())),
            (Self::Glob(_, globs), Some(value)) => globs.iter().any(|glob| glob.is_match(value)),
            (Self::Regex(_, set), Some(value)) => set.is_match(value),
        }
    }

    /// True where every value that meets `self` meets `other`, as far as the texts of the two show.
    fn implies(&self, other: &Self) -> bool {
        if let Self::OneOf(texts) = self {
            return texts.iter().all(|text| other.holds(Some(text)));
        }
        match (self, other) {
            (Self::Absent, _) => other.holds(None),
            (Self::NoneOf(ours), Self::NoneOf(theirs)) => theirs.is_subset(ours),
            (Self::NoneOf(_), _) => false,
            (_, Self::Present) => true,
            (Self::Prefix(ours), Self::Prefix(theirs)) => ours.iter().all(|p| theirs.iter().any(|q| p.starts_with(q.as_str()))),
            (Self::Prefix(ours), Self::NoneOf(theirs)) => !theirs.iter().any(|t| ours.iter().any(|p| t.starts_with(p.as_str()))),
            (Self::Glob(ours, _), Self::Glob(theirs, _)) | (Self::Regex(ours, _), Self::Regex(theirs, _)) => {
                ours.iter().all(|pattern| theirs.contains(pattern))
            }
            (Self::Glob(..) | Self::Regex(..), Self::NoneOf(theirs)) => !theirs.iter().any(|text| self.holds(Some(text))),
            _ => false,
        }
    }
}

/// Tests of one field, all of which must hold.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub field: Arc<str>,
    pub tests: Vec<Test>,
}

impl Condition {
    /// Compiles what stands in the file.
    pub fn new(field: &str, entry: &ConditionEntry) -> Result<Self, Problem> {
        let tests = tests(field, &entry.0)?;
        if tests.is_empty() {
            return Err(Problem::Impossible { field: field.into(), why: "it tests nothing; give it a text, a list or a test" });
        }
        let condition = Self { field: field.into(), tests };
        if let Some(texts) = condition.values()
            && texts.is_empty()
        {
            return Err(Problem::Impossible { field: field.into(), why: "its tests contradict each other" });
        }
        let both = |a: fn(&Test) -> bool, b: fn(&Test) -> bool| condition.tests.iter().any(a) && condition.tests.iter().any(b);
        if both(|t| matches!(t, Test::Absent), |t| !t.holds(None)) {
            return Err(Problem::Impossible { field: field.into(), why: "it asks for a value and for none" });
        }
        Ok(condition)
    }

    pub fn holds(&self, value: Option<&str>) -> bool {
        self.tests.iter().all(|test| test.holds(value))
    }

    /// The finite list of values that meet the condition, if it lists them.
    pub fn values(&self) -> Option<Vec<&str>> {
        let listed = self.tests.iter().find_map(|test| match test {
            Test::OneOf(texts) => Some(texts),
            _ => None,
        })?;
        Some(listed.iter().map(String::as_str).filter(|text| self.holds(Some(text))).collect())
    }

    /// True where every value that meets `self` meets `other`, as far as the texts of the two show.
    pub fn implies(&self, other: &Self) -> bool {
        if let Some(values) = self.values() {
            return values.iter().all(|value| other.holds(Some(value)));
        }
        other.tests.iter().all(|theirs| self.tests.iter().any(|ours| ours.implies(theirs)))
    }
}

fn tests(field: &str, entry: &TestsEntry) -> Result<Vec<Test>, Problem> {
    let TestsEntry { any_of, not, prefix, glob, regex, present, absent } = entry;
    for texts in [any_of, not, prefix, glob, regex].into_iter().flatten() {
        if texts.0.is_empty() {
            return Err(Problem::Impossible { field: field.into(), why: "its list is empty" });
        }
    }
    let set = |texts: &Texts| texts.0.iter().cloned().collect();
    let mut tests = Vec::new();
    tests.extend(any_of.as_ref().map(|texts| Test::OneOf(set(texts))));
    tests.extend(not.as_ref().map(|texts| Test::NoneOf(set(texts))));
    tests.extend(prefix.as_ref().map(|texts| Test::Prefix(texts.0.clone())));
    if let Some(texts) = glob {
        tests.push(globs(field, texts)?);
    }
    if let Some(texts) = regex {
        tests.push(regexes(field, texts)?);
    }
    let presence = |wanted: bool| if wanted { Test::Present } else { Test::Absent };
    tests.extend(present.map(presence));
    tests.extend(absent.map(|absent| presence(!absent)));
    Ok(tests)
}

fn globs(field: &str, texts: &Texts) -> Result<Test, Problem> {
    let compile = |pattern: &String| {
        let glob = GlobBuilder::new(pattern).literal_separator(false).backslash_escape(true).build();
        glob.map(|glob| glob.compile_matcher()).map_err(|error| Problem::Pattern {
            field: field.into(),
            kind: "glob",
            pattern: pattern.clone(),
            message: error.kind().to_string(),
        })
    };
    let globs = texts.0.iter().map(compile).collect::<Result<_, _>>()?;
    Ok(Test::Glob(texts.0.clone(), globs))
}

fn regexes(field: &str, texts: &Texts) -> Result<Test, Problem> {
    let fail = |pattern: &str, error: regex::Error| Problem::Pattern {
        field: field.into(),
        kind: "regular expression",
        pattern: pattern.into(),
        // The last line of the message says why; those before it draw the pattern.
        message: error.to_string().lines().last().unwrap_or_default().trim().to_owned(),
    };
    for pattern in &texts.0 {
        regex::Regex::new(pattern).map_err(|error| fail(pattern, error))?;
    }
    let set = RegexSet::new(&texts.0).map_err(|error| fail(&texts.0.join(", "), error))?;
    Ok(Test::Regex(texts.0.clone(), set))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn condition(toml: &str) -> Condition {
        let table: std::collections::BTreeMap<String, ConditionEntry> = toml::from_str(&format!("f = {toml}")).unwrap();
        Condition::new("f", &table["f"]).unwrap()
    }

    fn holds(toml: &str, value: Option<&str>) -> bool {
        condition(toml).holds(value)
    }

    #[test]
    fn each_test_says_what_it_says() {
        assert!(holds("'a'", Some("a")) && !holds("'a'", Some("A")) && !holds("'a'", None));
        assert!(holds("['a', 'b']", Some("b")));
        assert!(holds("{ not = 'a' }", Some("b")) && holds("{ not = 'a' }", None) && !holds("{ not = ['a'] }", Some("a")));
        assert!(holds("{ prefix = 'Amazon' }", Some("Amazon S3")) && !holds("{ prefix = 'Amazon' }", Some("AWS Lambda")));
        assert!(holds("{ glob = 'arn:*/prod-?' }", Some("arn:aws/x/y/prod-1")) && !holds("{ glob = 'b*' }", Some("ab")));
        assert!(holds("{ regex = '^i-[0-9a-f]+$' }", Some("i-0a")) && holds("{ regex = 'b' }", Some("abc")));
        assert!(holds("{ present = true }", Some("")) && !holds("{ present = true }", None));
        assert!(holds("{ absent = true }", None) && holds("{ absent = false }", Some("x")));
        assert!(!holds("{ prefix = 'a', not = 'ab' }", Some("ab")) && holds("{ prefix = 'a', not = 'ab' }", Some("ac")));
    }

    #[test]
    fn what_can_never_hold_is_refused() {
        for toml in
            ["[]", "{}", "{ any_of = ['a'], not = 'a' }", "{ absent = true, prefix = 'a' }", "{ glob = '[' }", "{ regex = '(' }"]
        {
            let table: std::collections::BTreeMap<String, ConditionEntry> = toml::from_str(&format!("f = {toml}")).unwrap();
            assert!(Condition::new("f", &table["f"]).is_err(), "{toml}");
        }
    }

    #[test]
    fn what_implies_what() {
        let implies = |a: &str, b: &str| condition(a).implies(&condition(b));
        assert!(implies("'Amazon S3'", "{ prefix = 'Amazon' }"));
        assert!(implies("['a', 'b']", "['c', 'b', 'a']") && !implies("['a', 'd']", "['a']"));
        assert!(implies("{ prefix = 'Amazon S' }", "{ prefix = 'Amazon' }") && !implies("{ prefix = 'A' }", "{ prefix = 'AB' }"));
        assert!(implies("{ regex = 'a' }", "{ present = true }") && !implies("{ not = 'a' }", "{ present = true }"));
        assert!(implies("{ not = ['a', 'b'] }", "{ not = 'a' }") && implies("{ absent = true }", "{ not = 'a' }"));
        assert!(implies("{ prefix = 'b' }", "{ not = 'a' }") && !implies("{ prefix = 'b' }", "{ not = 'ba' }"));
    }

    fn any_condition() -> impl Strategy<Value = String> {
        let text = "[ab]{0,2}";
        prop_oneof![
            prop::collection::vec(text, 1..3).prop_map(|texts| format!("{texts:?}")),
            prop::collection::vec(text, 1..3).prop_map(|texts| format!("{{ not = {texts:?} }}")),
            prop::collection::vec(text, 1..3).prop_map(|texts| format!("{{ prefix = {texts:?} }}")),
            "[ab?*]{1,3}".prop_map(|glob| format!("{{ glob = {glob:?} }}")),
            "[ab.]{1,2}".prop_map(|regex| format!("{{ regex = {regex:?} }}")),
            any::<bool>().prop_map(|present| format!("{{ present = {present} }}")),
        ]
    }

    proptest! {
        #[test]
        fn implication_is_never_wrong(a in any_condition(), b in any_condition(), value in prop::option::of("[abc]{0,3}")) {
            let (a, b) = (condition(&a), condition(&b));
            if a.implies(&b) && a.holds(value.as_deref()) {
                prop_assert!(b.holds(value.as_deref()));
            }
        }
    }
}
