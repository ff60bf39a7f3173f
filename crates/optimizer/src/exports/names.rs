use std::collections::BTreeMap;

use super::ExportError;
use crate::document::{PlanDocument, PlannedType, PlannedWorkload};

/// Something that is scaled: a workload on one instance type.
pub(super) struct Target<'a> {
    pub workload: &'a PlannedWorkload,
    pub kind: &'a PlannedType,
    /// The workload's name with letters, digits and hyphens: an endpoint.
    pub endpoint: String,
    /// The type's name likewise: a variant.
    pub variant: String,
    /// Both: a deployment or inference component.
    pub name: String,
}

impl Target<'_> {
    /// The name with underscores, as identifiers want it.
    pub(super) fn identifier(&self) -> String {
        let name = self.name.replace('-', "_");
        if name.starts_with(|c: char| c.is_ascii_digit()) { format!("w_{name}") } else { name }
    }

    /// The name in camel case, letters and digits only.
    pub(super) fn logical_id(&self) -> String {
        let capital = |part: &str| {
            let mut letters = part.chars();
            letters.next().map_or(String::new(), |first| first.to_ascii_uppercase().to_string() + letters.as_str())
        };
        self.name.split('-').map(capital).collect()
    }
}

/// What is scaled, with names that nothing else has.
pub(super) fn targets(plan: &PlanDocument) -> Result<Vec<Target<'_>>, ExportError> {
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    let mut targets = Vec::new();
    for workload in &plan.workloads {
        for kind in workload.types.iter().filter(|kind| kind.most() > 0) {
            let (endpoint, variant) = (plain(&workload.id), plain(&kind.type_id));
            let name = shortened(&format!("{endpoint}-{variant}"));
            let own = format!("{} on {}", workload.id, kind.type_id);
            // Identifiers lose the hyphens, so names that differ in those alone are one name.
            if let Some(other) = taken.insert(name.replace('-', ""), own.clone()) {
                return Err(ExportError::Names(other, own, name));
            }
            targets.push(Target { workload, kind, endpoint: shortened(&endpoint), variant: shortened(&variant), name });
        }
    }
    Ok(targets)
}

/// Lower case, letters, digits and single hyphens, beginning and ending with a letter or digit: a DNS label.
pub(super) fn plain(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let parts: String = name.chars().map(letter).collect();
    let label = parts.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    if label.is_empty() { "x".to_owned() } else { label }
}

/// At most 53 characters, so that a suffix still fits a label of 63; the end of a longer name gives way to a number of it.
fn shortened(name: &str) -> String {
    if name.len() <= 53 {
        return name.to_owned();
    }
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{}-{hash:08x}", name[..44].trim_end_matches('-'))
}
