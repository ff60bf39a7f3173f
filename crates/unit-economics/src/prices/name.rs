//! Names of models and vendors, as usage, bills and price lists write them.

/// The version at the end of a model's name: a date, or what a cloud puts behind the last `:` or `@`.
///
/// `gpt-4o-2024-08-06` → `2024-08-06`, `claude-sonnet-4-5-20250929` → `20250929`, `anthropic.claude-3-haiku-20240307-v1:0` →
/// `20240307-v1:0`, `gemini-2.5-pro@001` → `001`. A generation (`gpt-4.1`) is part of the name.
pub fn version_of(model: &str) -> Option<&str> {
    let at = version_at(model)?;
    Some(&model[at..])
}

/// The model's name without its version.
pub fn base_of(model: &str) -> &str {
    version_at(model).map_or(model, |at| model[..at].trim_end_matches(['-', '@']))
}

fn version_at(model: &str) -> Option<usize> {
    if let Some((name, version)) = model.split_once('@') {
        return (!name.is_empty() && !version.is_empty()).then_some(name.len() + 1);
    }
    let bytes = model.as_bytes();
    (1..bytes.len()).find(|&at| bytes[at - 1] == b'-' && is_date(&bytes[at..]))
}

/// True where the text begins with a date of this century, and holds nothing behind it but a cloud's own version.
fn is_date(text: &[u8]) -> bool {
    let digits = |from: usize, to: usize| text.get(from..to).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    let begins = text.starts_with(b"20");
    let end = match (digits(0, 8), digits(0, 4) && digits(5, 7) && digits(8, 10)) {
        (true, _) => 8,
        (_, true) if text[4] == b'-' && text[7] == b'-' => 10,
        _ => return false,
    };
    begins && (text.len() == end || text[end..].starts_with(b"-v"))
}

/// One word for a vendor that usage, bills and price lists name differently: `aws.bedrock`, `Amazon Bedrock` and `bedrock_converse` sell
/// from the same bill.
pub fn provider_key(name: &str) -> &str {
    const KEYS: [(&str, &[&str]); 6] = [
        ("aws", &["aws", "amazon", "bedrock", "sagemaker"]),
        ("azure", &["azure", "az.ai", "microsoft"]),
        ("gcp", &["gcp", "google", "vertex", "gemini"]),
        ("openai", &["openai", "text-completion-openai"]),
        ("anthropic", &["anthropic", "claude"]),
        ("mistral", &["mistral"]),
    ];
    let lower = name.to_ascii_lowercase();
    let known = KEYS.iter().find(|(_, begins)| begins.iter().any(|begin| lower.starts_with(begin)));
    known.map_or(name, |(key, _)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_date_at_the_end() {
        for (model, base, version) in [
            ("gpt-4o-2024-08-06", "gpt-4o", Some("2024-08-06")),
            ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5", Some("20250929")),
            ("anthropic.claude-3-haiku-20240307-v1:0", "anthropic.claude-3-haiku", Some("20240307-v1:0")),
            ("gemini-2.5-pro@001", "gemini-2.5-pro", Some("001")),
            ("gpt-4.1", "gpt-4.1", None),
            ("llama-3.1-8b-claims", "llama-3.1-8b-claims", None),
            ("model-20991", "model-20991", None),
            ("2024-08-06", "2024-08-06", None),
            ("é-2024-08-06", "é", Some("2024-08-06")),
            ("@", "@", None),
        ] {
            assert_eq!((base_of(model), version_of(model)), (base, version), "{model}");
        }
    }

    #[test]
    fn vendors_have_one_word() {
        for (name, key) in [
            ("aws.bedrock", "aws"),
            ("Amazon Web Services", "aws"),
            ("AWS", "aws"),
            ("bedrock_converse", "aws"),
            ("azure.ai.openai", "azure"),
            ("Microsoft", "azure"),
            ("vertex_ai-language-models", "gcp"),
            ("Google Cloud", "gcp"),
            ("OpenAI", "openai"),
            ("Anthropic", "anthropic"),
            ("Somebody", "Somebody"),
        ] {
            assert_eq!(provider_key(name), key, "{name}");
        }
    }
}
