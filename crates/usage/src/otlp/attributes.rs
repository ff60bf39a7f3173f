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
/// Seconds from the request to the first chunk of its answer; vLLM's name for it behind the current one.
pub const TIME_TO_FIRST: &[&str] = &["gen_ai.response.time_to_first_chunk", "gen_ai.latency.time_to_first_token"];
/// Seconds that the model was at work on the prompt, as vLLM measures it.
pub const PREFILL_TIME: &[&str] = &["gen_ai.latency.time_in_model_prefill"];
/// Seconds that it was at work on the answer.
pub const DECODE_TIME: &[&str] = &["gen_ai.latency.time_in_model_decode"];
/// Who called.
pub const PRINCIPAL: &[&str] = &["user.id", "enduser.id"];
/// Which service called: the workload.
pub const WORKLOAD: &[&str] = &["service.name"];
/// Which tokens a data point of `gen_ai.client.token.usage` counts.
pub const TOKEN_TYPE: &[&str] = &["gen_ai.token.type"];
/// What a log record tells of, in the attributes of older senders.
pub const EVENT_NAME: &[&str] = &["event.name"];
/// What went wrong.
pub const ERROR: &[&str] = &["error.type"];

/// All of the above.
pub const READ: [&[&str]; 15] = [
    OPERATION,
    PROVIDER,
    MODEL,
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    CACHE_READ_TOKENS,
    CACHE_CREATION_TOKENS,
    TIME_TO_FIRST,
    PREFILL_TIME,
    DECODE_TIME,
    PRINCIPAL,
    WORKLOAD,
    TOKEN_TYPE,
    EVENT_NAME,
    ERROR,
];

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
