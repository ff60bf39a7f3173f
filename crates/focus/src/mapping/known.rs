//! The mappings that come with the program.

use std::sync::{Arc, LazyLock};

use super::Mapping;

/// Name and text of each, in the order in which a header is tried against them.
const DOCUMENTS: [(&str, &str); 9] = [
    ("litellm-focus", include_str!("../../mappings/litellm-focus.toml")),
    ("focus-1.5-draft", include_str!("../../mappings/focus-1.5-draft.toml")),
    ("aws-cur", include_str!("../../mappings/aws-cur.toml")),
    ("aws-cur-2", include_str!("../../mappings/aws-cur-2.toml")),
    ("azure-ea", include_str!("../../mappings/azure-ea.toml")),
    ("azure-ea-amortized", include_str!("../../mappings/azure-ea-amortized.toml")),
    ("azure-mca", include_str!("../../mappings/azure-mca.toml")),
    ("oci", include_str!("../../mappings/oci.toml")),
    ("gcp", include_str!("../../mappings/gcp.toml")),
];

static KNOWN: LazyLock<Vec<(Arc<Mapping>, &'static str)>> = LazyLock::new(|| {
    let read = |(name, text)| {
        let mapping = Mapping::parse(&format!("{name}.toml"), text);
        (Arc::new(mapping.unwrap_or_else(|error| panic!("a mapping of the program is wrong: {error}"))), text)
    };
    DOCUMENTS.into_iter().map(read).collect()
});

/// Every mapping that comes with the program, with its text.
pub fn known_mappings() -> impl Iterator<Item = (&'static Arc<Mapping>, &'static str)> {
    KNOWN.iter().map(|(mapping, text)| (mapping, *text))
}

/// The text of the mapping of this name.
pub(super) fn known_text(name: &str) -> Option<&'static str> {
    DOCUMENTS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The mapping of this name.
pub fn known_mapping(name: &str) -> Option<Arc<Mapping>> {
    KNOWN.iter().find(|(mapping, _)| mapping.name == name).map(|(mapping, _)| mapping.clone())
}

/// The mapping that reads files with these columns.
pub fn recognise(names: &[&str]) -> Option<Arc<Mapping>> {
    KNOWN.iter().find(|(mapping, _)| mapping.recognise.matches(names)).map(|(mapping, _)| mapping.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mapping_reads_and_is_found_by_its_name() {
        for (name, _) in DOCUMENTS {
            let mapping = known_mapping(name).unwrap_or_else(|| panic!("{name} names itself otherwise"));
            assert!(!mapping.title.is_empty() && !mapping.about.is_empty(), "{name} says what it does");
        }
    }
}
