//! S3's lifecycle document: written from schedules, and held against the rules that S3 applies and botocore does not know.

use serde::Serialize;
use utoipa::ToSchema;

use super::data::Instance;
use super::verify::Schedule;

/// Days of a month in this model.
const DAYS: u32 = 30;

/// The classes that a lifecycle may move objects to, in S3's waterfall order.
pub const WATERFALL: [&str; 6] = ["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"];
/// Most rules of a bucket.
const MAX_RULES: usize = 1_000;

/// The body of PutBucketLifecycleConfiguration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Lifecycle {
    /// One a dataset that moves or ends.
    pub rules: Vec<Rule>,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = LifecycleRule)]
pub struct Rule {
    /// Unique, at most 255 characters.
    #[serde(rename = "ID")]
    pub id: String,
    /// `Enabled` or `Disabled`.
    pub status: String,
    /// The objects.
    pub filter: Filter,
    /// In rising order of days.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transitions: Vec<Transition>,
    /// When they are deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration: Option<Expiration>,
}

/// The objects of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = LifecycleFilter)]
pub struct Filter {
    /// Their keys begin with it.
    pub prefix: String,
}

/// A move to another class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = LifecycleTransition)]
pub struct Transition {
    /// Days since the objects were written.
    pub days: u32,
    /// Where to.
    pub storage_class: String,
}

/// The end of objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = LifecycleExpiration)]
pub struct Expiration {
    /// Days since the objects were written.
    pub days: u32,
}

/// What S3 would refuse, or what would not do what the plan says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LifecycleError {
    /// A dataset without a prefix.
    #[error("dataset {0} has no prefix, so no rule can name its objects; give it one")]
    NoPrefix(String),
    /// A class S3 does not have.
    #[error("rule {rule}: {class} is no class that S3 moves objects to; use one of {}", WATERFALL.join(", "))]
    Class {
        /// The rule.
        rule: String,
        /// The class.
        class: String,
    },
    /// Infrequent access before 30 days.
    #[error("rule {rule}: {class} after {days} days; S3 asks for at least 30 days before it")]
    TooEarly {
        /// The rule.
        rule: String,
        /// The class.
        class: String,
        /// The days.
        days: u32,
    },
    /// Less than 30 days in infrequent access.
    #[error("rule {rule}: {class} after {days} days, {after} days after infrequent access; S3 asks for at least 30 between them")]
    TooShort {
        /// The rule.
        rule: String,
        /// The next class.
        class: String,
        /// Its days.
        days: u32,
        /// Days between.
        after: u32,
    },
    /// Against the waterfall.
    #[error("rule {rule}: {class} does not come after {before} in S3's order, or not later in days")]
    Order {
        /// The rule.
        rule: String,
        /// The class before.
        before: String,
        /// The class.
        class: String,
    },
    /// Deleted before it moved.
    #[error("rule {rule}: expiration after {days} days must be later than every transition and above 0")]
    Expiration {
        /// The rule.
        rule: String,
        /// The days.
        days: u32,
    },
    /// Ids, prefixes or numbers of rules.
    #[error("{0}")]
    Form(String),
}

/// The lifecycle of the datasets that move or end.
///
/// # Errors
/// Everything that S3 would refuse.
pub fn lifecycle(instance: &Instance, schedules: &[Schedule]) -> Result<Lifecycle, Vec<LifecycleError>> {
    let (mut rules, mut broken) = (Vec::new(), Vec::new());
    for (dataset, schedule) in instance.datasets.iter().zip(schedules) {
        let moves = schedule.stays.iter().filter(|(class, from, _)| !(*class == dataset.class && *from == 0));
        let days = |month: u32| (dataset.age_months + month) * DAYS;
        let transitions: Vec<Transition> = moves
            .map(|(class, from, _)| Transition { days: days(*from), storage_class: instance.classes[*class].id.clone() })
            .collect();
        let end = schedule.end();
        let deleted = end < instance.months || dataset.delete_by_months.is_some_and(|by| by <= end);
        let expiration = deleted.then(|| Expiration { days: days(end) });
        if transitions.is_empty() && expiration.is_none() {
            continue;
        }
        let Some(prefix) = dataset.prefix.clone() else {
            broken.push(LifecycleError::NoPrefix(dataset.id.clone()));
            continue;
        };
        let (id, status) = (dataset.id.clone(), "Enabled".to_owned());
        rules.push(Rule { id, status, filter: Filter { prefix }, transitions, expiration });
    }
    let document = Lifecycle { rules };
    broken.extend(document.check());
    if broken.is_empty() { Ok(document) } else { Err(broken) }
}

impl Lifecycle {
    /// What S3 would refuse.
    pub fn check(&self) -> Vec<LifecycleError> {
        let mut broken = Vec::new();
        if self.rules.len() > MAX_RULES {
            let text = format!("{} rules; a bucket takes {MAX_RULES}: join datasets under one prefix", self.rules.len());
            broken.push(LifecycleError::Form(text));
        }
        let mut seen = std::collections::HashSet::new();
        for rule in &self.rules {
            if rule.id.is_empty() || rule.id.len() > 255 || !seen.insert(rule.id.as_str()) {
                let text = format!("rule {:?}: an id must be unique and have 1 to 255 characters", rule.id);
                broken.push(LifecycleError::Form(text));
            }
            if !matches!(rule.status.as_str(), "Enabled" | "Disabled") {
                broken.push(LifecycleError::Form(format!("rule {}: the status is Enabled or Disabled", rule.id)));
            }
            broken.extend(rule.check());
        }
        broken
    }
}

impl Rule {
    fn check(&self) -> Vec<LifecycleError> {
        let (mut broken, rule) = (Vec::new(), || self.id.clone());
        let place = |class: &str| WATERFALL.iter().position(|c| *c == class);
        let infrequent = |class: &str| matches!(class, "STANDARD_IA" | "ONEZONE_IA");
        let mut before: Option<&Transition> = None;
        for transition in &self.transitions {
            let (days, class) = (transition.days, transition.storage_class.clone());
            if place(&class).is_none() {
                broken.push(LifecycleError::Class { rule: rule(), class: class.clone() });
            }
            if infrequent(&class) && days < DAYS {
                broken.push(LifecycleError::TooEarly { rule: rule(), class: class.clone(), days });
            }
            if let Some(earlier) = before {
                if place(&class) <= place(&earlier.storage_class) || days <= earlier.days {
                    let before = earlier.storage_class.clone();
                    broken.push(LifecycleError::Order { rule: rule(), before, class });
                } else if infrequent(&earlier.storage_class) && days - earlier.days < DAYS {
                    let after = days - earlier.days;
                    broken.push(LifecycleError::TooShort { rule: rule(), class, days, after });
                }
            }
            before = Some(transition);
        }
        let last = self.transitions.iter().map(|t| t.days).max();
        if let Some(days) = self.expiration.as_ref().map(|e| e.days).filter(|days| *days == 0 || last.is_some_and(|l| *days <= l))
        {
            broken.push(LifecycleError::Expiration { rule: rule(), days });
        }
        broken
    }
}
