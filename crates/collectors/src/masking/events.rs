//! Records of usage, decisions and event logs.

use std::collections::BTreeMap;
use std::sync::Arc;

use farthing_event_logs::{Attributes, Event};
use farthing_usage::decision::Decision;
use farthing_usage::{Dimensions, UsageRecord};

use super::{How, Mask};

/// What stands in a message in place of a value.
const HIDDEN: &str = "\"(masked)\"";

impl Mask {
    /// The same usage, masked.
    pub fn usage(&self, mut record: UsageRecord) -> UsageRecord {
        self.dimensions(&mut record.dimensions);
        record
    }

    /// Masks what usage is told apart by.
    pub fn dimensions(&self, dimensions: &mut Dimensions) {
        let masked = |column: &str, value: Option<String>| {
            value.and_then(|text| self.masked(self.policy.of_column(column), &text).map(|masked| masked.into_owned()))
        };
        dimensions.principal = masked("Principal", dimensions.principal.take());
        dimensions.workload = masked("Workload", dimensions.workload.take());
        dimensions.tags = self.event_tags(std::mem::take(&mut dimensions.tags));
    }

    fn event_tags(&self, tags: BTreeMap<String, String>) -> BTreeMap<String, String> {
        let tag = |(key, value): (String, String)| {
            let masked = self.masked(self.policy.of_tag(&key), &value)?.into_owned();
            Some((key, masked))
        };
        match self.policy.of_column("Tags") {
            How::Drop => BTreeMap::new(),
            How::Hash | How::Keep => tags.into_iter().filter_map(tag).collect(),
        }
    }

    /// The same decision, masked.
    pub fn decision(&self, mut decision: Decision) -> Decision {
        let masked = |column: &str, text: &str| Some(self.masked(self.policy.of_column(column), text)?.into_owned());
        if let Some(id) = masked("DecisionId", &decision.id) {
            decision.id = id;
        }
        // What it ran beside is found by the same mask. It stays a shadow where ids are dropped.
        decision.shadow_of = decision.shadow_of.map(|id| masked("DecisionId", &id).unwrap_or(id));
        decision.answer = decision.answer.and_then(|text| masked("Answer", &text));
        decision.override_reason = decision.override_reason.and_then(|text| masked("OverrideReason", &text));
        decision.tags = self.event_tags(std::mem::take(&mut decision.tags));
        decision
    }

    /// The same event of a process, masked. Attributes are tags: a policy names their keys.
    pub fn event(&self, mut event: Event) -> Event {
        if let Some(masked) = self.masked(self.policy.of_column("CaseId"), &event.case) {
            event.case = Arc::from(&*masked);
        }
        let how = self.policy.of_column("Resource");
        event.resource = event.resource.and_then(|name| self.masked(how, &name).map(|masked| Arc::from(&*masked)));
        event.attributes = self.attributes("EventAttributes", event.attributes);
        event.case_attributes = self.attributes("CaseAttributes", event.case_attributes);
        event
    }

    fn attributes(&self, column: &str, attributes: Arc<Attributes>) -> Arc<Attributes> {
        match self.policy.of_column(column) {
            How::Drop => Arc::default(),
            How::Hash | How::Keep if !self.policy.has_tags() => attributes,
            How::Hash | How::Keep => {
                let masked = |(key, value): (&String, &String)| {
                    Some((key.clone(), self.masked(self.policy.of_tag(key), value)?.into_owned()))
                };
                Arc::new(attributes.iter().filter_map(masked).collect())
            }
        }
    }

    /// A message without the values in it, which decoders of usage and decisions put in quotes.
    pub fn message(&self, message: &str) -> String {
        let mut shown = String::with_capacity(message.len());
        let mut rest = message;
        while let Some((before, quoted)) = rest.split_once('"') {
            shown += before;
            shown += HIDDEN;
            rest = &quoted[end_of_quote(quoted)..];
        }
        shown + rest
    }
}

/// Where what follows a quotation mark goes on after the quote; its end where the quote does not end.
fn end_of_quote(quoted: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in quoted.bytes().enumerate() {
        match byte {
            b'"' if !escaped => return at + 1,
            b'\\' if !escaped => escaped = true,
            _ => escaped = false,
        }
    }
    quoted.len()
}
