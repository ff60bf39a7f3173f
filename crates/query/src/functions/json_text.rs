//! Values in a JSON text, as the text has them: a number keeps all its digits.

/// A step from a value to those in it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Member(String),
    Item(usize),
    AllItems,
}

/// Where a value stands in a JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path(Vec<Step>);

impl Path {
    /// The member with this name.
    pub fn member(name: &str) -> Self {
        Self(vec![Step::Member(name.to_owned())])
    }

    /// Reads `$`, `$.name`, `$."a.b"`, `$['name']`, `$.list[0]`, `$.list[*].name`. Tag keys such as `user:team` need no quotes.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.strip_prefix('$')?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, left) = match rest.strip_prefix('.') {
                Some(name) => member_step(name)?,
                None => item_step(rest.strip_prefix('[')?)?,
            };
            steps.push(step);
            rest = left;
        }
        Some(Self(steps))
    }

    /// True where it may lead to several values.
    pub fn is_many(&self) -> bool {
        self.0.contains(&Step::AllItems)
    }
}

fn member_step(text: &str) -> Option<(Step, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (name, rest) = quoted.split_once('"')?;
        return Some((Step::Member(name.to_owned()), rest));
    }
    let end = text.find(['.', '[']).unwrap_or(text.len());
    (end > 0).then(|| (Step::Member(text[..end].to_owned()), &text[end..]))
}

fn item_step(text: &str) -> Option<(Step, &str)> {
    for quote in ['\'', '"'] {
        if let Some(quoted) = text.strip_prefix(quote) {
            let (name, rest) = quoted.split_once(quote)?;
            return Some((Step::Member(name.to_owned()), rest.strip_prefix(']')?));
        }
    }
    let (inside, rest) = text.split_once(']')?;
    let step = if inside == "*" { Step::AllItems } else { Step::Item(inside.parse().ok()?) };
    Some((step, rest))
}

/// The values that a path leads to, as JSON. None where the text is no JSON on the way there.
pub(super) fn values_at<'a>(text: &'a str, path: &Path) -> Vec<&'a str> {
    let mut values = match value(text, blanks(text, 0)) {
        Some(end) => vec![text[..end].trim()],
        None => Vec::new(),
    };
    for step in &path.0 {
        values = values.into_iter().flat_map(|value| follow(value, step)).collect();
    }
    values
}

/// A value as text: a string without quotes and escapes, `null` as no value, all else as it stands.
pub(super) fn text_of(value: &str) -> Option<String> {
    match value.as_bytes().first()? {
        b'n' => None,
        b'"' if value.contains('\\') => serde_json::from_str(value).ok(),
        b'"' => Some(value[1..value.len() - 1].to_owned()),
        _ => Some(value.to_owned()),
    }
}

fn follow<'a>(text: &'a str, step: &Step) -> Vec<&'a str> {
    match step {
        Step::Member(name) => members(text).find(|(key, _)| key == name).map(|(_, value)| value).into_iter().collect(),
        Step::Item(at) => items(text).nth(*at).into_iter().collect(),
        Step::AllItems => items(text).collect(),
    }
}

/// The items of a list; none where it is no list.
fn items(text: &str) -> impl Iterator<Item = &str> {
    let mut at = text.starts_with('[').then_some(1);
    std::iter::from_fn(move || {
        let start = blanks(text, at?);
        let end = value(text, start)?;
        at = separator(text, end);
        Some(&text[start..end])
    })
}

/// The members of an object; none where it is no object.
fn members(text: &str) -> impl Iterator<Item = (String, &str)> {
    let mut at = text.starts_with('{').then_some(1);
    std::iter::from_fn(move || {
        let key = blanks(text, at?);
        let key_end = string(text, key)?;
        let colon = blanks(text, key_end);
        let start = blanks(text, (text.as_bytes().get(colon)? == &b':').then_some(colon + 1)?);
        let end = value(text, start)?;
        at = separator(text, end);
        Some((text_of(&text[key..key_end])?, &text[start..end]))
    })
}

/// Where the next one begins, if a comma follows.
fn separator(text: &str, at: usize) -> Option<usize> {
    let comma = blanks(text, at);
    (text.as_bytes().get(comma) == Some(&b',')).then_some(comma + 1)
}

fn blanks(text: &str, at: usize) -> usize {
    let bytes = &text.as_bytes()[at..];
    at + bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count()
}

/// Where the string that begins here ends.
fn string(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    if bytes.get(at) != Some(&b'"') {
        return None;
    }
    let mut at = at + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Where the value that begins here ends.
fn value(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    match bytes.get(at)? {
        b'"' => string(text, at),
        b'{' | b'[' => nested(text, at),
        b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
            let length = bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count();
            Some(at + length)
        }
        _ => None,
    }
}

/// Where the object or list that begins here ends. It may be nested as deep as it likes: the depth is a count, not a call.
fn nested(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (at, 0_usize);
    loop {
        match bytes.get(at)? {
            b'"' => {
                at = string(text, at)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &'static str, path: &str) -> Vec<&'static str> {
        values_at(text, &Path::parse(path).unwrap())
    }

    #[test]
    fn paths_lead_to_values() {
        let text = r#" {"a": {"b": [1, {"c": "x"}, 1.50]}, "user:team": "s", "d.e": true, "f\u0067": null} "#;
        assert_eq!(found(text, "$.a.b[1].c"), [r#""x""#]);
        assert_eq!(found(text, "$.a.b[*]"), ["1", r#"{"c": "x"}"#, "1.50"]);
        assert_eq!(found(text, "$.user:team"), [r#""s""#]);
        assert_eq!(found(text, r#"$."d.e""#), ["true"]);
        assert_eq!(found(text, "$['d.e']"), ["true"]);
        assert_eq!(found(text, "$.fg"), ["null"]);
        assert_eq!(found(text, "$.a.b[9]"), Vec::<&str>::new());
        assert_eq!(found(text, "$").len(), 1);
    }

    #[test]
    fn texts_lose_their_quotes_and_numbers_no_digit() {
        assert_eq!(text_of(r#""a\"b""#).as_deref(), Some("a\"b"));
        assert_eq!(text_of("0.100000000000000000001").as_deref(), Some("0.100000000000000000001"));
        assert_eq!(text_of("null"), None);
    }

    #[test]
    fn what_is_no_json_has_no_values() {
        for text in ["", "abc", "{\"a\"", "{\"a\": ", "[1, 2", "\"", "{'a': 1}", "]", "{\"a\": \"\\"] {
            assert_eq!(found(text, "$.a"), Vec::<&str>::new(), "{text}");
        }
        assert!(Path::parse("a").is_none() && Path::parse("$[x]").is_none() && Path::parse("$.").is_none());
    }

    proptest! {
        #[test]
        fn any_member_of_any_object_is_found(members in proptest::collection::btree_map("[^\"\\\\.\\[]{1,8}", ".{0,12}", 1..6)) {
            let text = serde_json::to_string(&members).unwrap();
            for (key, expected) in &members {
                let values = values_at(&text, &Path::member(key));
                prop_assert_eq!(text_of(values[0]), Some(expected.clone()));
            }
        }

        #[test]
        fn no_text_stops_the_program(text in ".{0,40}") {
            let _ = values_at(&text, &Path::parse("$.a[*].b[0]").unwrap());
        }
    }
}
