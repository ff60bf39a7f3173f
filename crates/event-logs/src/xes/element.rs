//! Elements of XES: their attributes, taken apart.

use quick_xml::events::BytesStart;

use super::Scope;
use crate::DecodeError;

/// The key and value of a typed attribute, or why they cannot be read.
pub(super) fn attribute(tag: &BytesStart<'_>) -> Result<(String, String), String> {
    let key = value_of(tag, "key")?.ok_or("an attribute without a key")?;
    let value = value_of(tag, "value")?.ok_or_else(|| format!("{key}: an attribute without a value"))?;
    Ok((key, value))
}

fn value_of(tag: &BytesStart<'_>, name: &str) -> Result<Option<String>, String> {
    let name_of = || String::from_utf8_lossy(tag.local_name().as_ref()).into_owned();
    let found = tag.try_get_attribute(name).map_err(|error| format!("{}: {error}", name_of()))?;
    let Some(attribute) = found else { return Ok(None) };
    let text = std::str::from_utf8(&attribute.value).map_err(|_| format!("{}: {name} is no UTF-8", name_of()))?;
    quick_xml::escape::unescape(text).map(|text| Some(text.into_owned())).map_err(|error| format!("{}: {error}", name_of()))
}

/// What a `global` element declares attributes of.
pub(super) fn scope_of_global(tag: &BytesStart<'_>) -> Scope {
    match value_of(tag, "scope") {
        Ok(Some(scope)) if scope == "trace" => Scope::GlobalTrace,
        Ok(Some(scope)) if scope != "event" => Scope::Other,
        // The schema's default is the event.
        _ => Scope::GlobalEvent,
    }
}

/// Files in other encodings are refused: read as UTF-8 their names would be others.
pub(super) fn check_encoding(encoding: &[u8]) -> Result<(), DecodeError> {
    let name = String::from_utf8_lossy(encoding).to_lowercase();
    match name.as_str() {
        "utf-8" | "utf8" | "us-ascii" | "ascii" => Ok(()),
        _ => Err(DecodeError::NotThis(format!(
            "the file is written in {name}, and this reads UTF-8. Convert it first: iconv -f {name} -t utf-8"
        ))),
    }
}
