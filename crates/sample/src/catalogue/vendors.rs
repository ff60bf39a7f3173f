use crate::accounts::Holds::Tokens;
use crate::accounts::Provider::{self, Anthropic, OpenAi};
use crate::sku::{Category, Service, Sku, service};

const OPENAI: Service = service("OpenAI API", "AI and Machine Learning", "Generative AI");
const CLAUDE: Service = service("Claude API", "AI and Machine Learning", "Generative AI");

const fn tokens(
    provider: Provider,
    code: &'static str,
    description: &'static str,
    price: &'static str,
    meter: &'static str,
) -> Sku {
    let service = if matches!(provider, OpenAi) { OPENAI } else { CLAUDE };
    let sku = Sku::usage(provider, service, code, description, price, "1M Tokens").meter(meter).consumed("Tokens", 1_000_000);
    Sku { owner: Tokens, ..sku }
}

pub(super) const SKUS: &[Sku] = &[
    tokens(OpenAi, "gpt-4.1:input", "gpt-4.1, input", "2.00", "Input Tokens"),
    tokens(OpenAi, "gpt-4.1:cached", "gpt-4.1, cached input", "0.50", "Cached Input Tokens"),
    tokens(OpenAi, "gpt-4.1:output", "gpt-4.1, output", "8.00", "Output Tokens"),
    tokens(OpenAi, "gpt-4o:input", "gpt-4o, input", "2.50", "Input Tokens"),
    tokens(OpenAi, "gpt-4o:cached", "gpt-4o, cached input", "1.25", "Cached Input Tokens"),
    tokens(OpenAi, "gpt-4o:output", "gpt-4o, output", "10.00", "Output Tokens"),
    tokens(OpenAi, "text-embedding-3-small:input", "text-embedding-3-small, input", "0.02", "Input Tokens"),
    Sku::lump(OpenAi, OPENAI, Category::Credit, "credit", "Data sharing credit"),
    Sku::lump(OpenAi, OPENAI, Category::Tax, "tax", "Sales tax"),
    tokens(Anthropic, "claude-sonnet-4-5:input", "Claude Sonnet 4.5, input", "3.00", "Input Tokens"),
    tokens(Anthropic, "claude-sonnet-4-5:cached", "Claude Sonnet 4.5, cache read", "0.30", "Cached Input Tokens"),
    tokens(Anthropic, "claude-sonnet-4-5:output", "Claude Sonnet 4.5, output", "15.00", "Output Tokens"),
    tokens(Anthropic, "claude-haiku-4-5:input", "Claude Haiku 4.5, input", "1.00", "Input Tokens"),
    tokens(Anthropic, "claude-haiku-4-5:cached", "Claude Haiku 4.5, cache read", "0.10", "Cached Input Tokens"),
    tokens(Anthropic, "claude-haiku-4-5:output", "Claude Haiku 4.5, output", "5.00", "Output Tokens"),
    Sku::lump(Anthropic, CLAUDE, Category::Tax, "tax", "Sales tax"),
];
