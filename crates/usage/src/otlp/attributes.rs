//! Attribute names of generative AI spans: the current one first, then those it replaced.

/// Operations that are one call of a model (`gen_ai.operation.name`). `create_agent`, `invoke_agent`, `invoke_workflow`,
/// `execute_tool` and `retrieval` are not.
pub const OPERATIONS: [&str; 4] = ["chat", "generate_content", "text_completion", "embeddings"];

/// The operation.
pub const OPERATION: &[&str] = &["gen_ai.operation.name"];
/// Who serves the model.
pub const PROVIDER: &[&str] = &["gen_ai.provider.name", "gen_ai.system"];
/// The model: what answered, else what was asked for.
pub const MODEL: &[&str] = &["gen_ai.response.model", "gen_ai.request.model"];
/// Tokens sent.
pub const INPUT_TOKENS: &[&str] = &["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"];
/// Tokens received.
pub const OUTPUT_TOKENS: &[&str] = &["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"];
/// Input tokens read from the provider's cache.
pub const CACHE_READ_TOKENS: &[&str] = &["gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"];
/// Input tokens written to the provider's cache.
pub const CACHE_CREATION_TOKENS: &[&str] =
    &["gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens"];
/// Who called.
pub const PRINCIPAL: &[&str] = &["user.id", "enduser.id"];
/// Which service called: the workload.
pub const WORKLOAD: &[&str] = &["service.name"];
/// What went wrong.
pub const ERROR: &[&str] = &["error.type"];

/// A provider's present name for one it had before.
pub fn provider_today(name: &str) -> &str {
    match name {
        "xai" => "x_ai",
        "az.ai.inference" => "azure.ai.inference",
        "az.ai.openai" => "azure.ai.openai",
        "vertex_ai" => "gcp.vertex_ai",
        "gemini" => "gcp.gemini",
        same => same,
    }
}
