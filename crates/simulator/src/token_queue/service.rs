//! How long the steps of a request take, as a function of the batch.

use serde::{Deserialize, Serialize};

use super::SizingError;

/// Tokens of an average request.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestSize {
    /// Tokens of the prompt.
    pub input_tokens: f64,
    /// Tokens of the answer, at least 1.
    pub output_tokens: f64,
}

/// Fitted parameters of a model on an instance type, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum ServiceTime {
    /// Prefill and decoding fitted apart: decode(n) = α + β·n, prefill(n) = γ + δ·input tokens·n.
    PrefillDecode {
        /// Decoding step of an empty batch.
        alpha: f64,
        /// More for each request in the batch.
        beta: f64,
        /// Prefill of an empty prompt.
        gamma: f64,
        /// More for each input token and request in the batch.
        delta: f64,
    },
    /// Both in one iteration: α + n·(β·tokens computed + γ·tokens in memory), see [`ServiceTime::prefill_time`].
    Iteration {
        /// Base of an iteration.
        alpha: f64,
        /// More for each token computed.
        beta: f64,
        /// More for each token read from memory.
        gamma: f64,
    },
}

impl RequestSize {
    pub(crate) fn check(&self) -> Result<(), SizingError> {
        parameter("input tokens", self.input_tokens, 0.0, "at least 0")?;
        parameter("output tokens", self.output_tokens, 1.0, "at least 1")
    }

    fn in_memory(&self) -> f64 {
        self.input_tokens + self.output_tokens / 2.0
    }
}

impl ServiceTime {
    pub(crate) fn check(&self) -> Result<(), SizingError> {
        let (alpha, beta, gamma, delta) = match *self {
            Self::PrefillDecode { alpha, beta, gamma, delta } => (alpha, beta, gamma, delta),
            Self::Iteration { alpha, beta, gamma } => (alpha, beta, gamma, 0.0),
        };
        for (what, value) in [("beta", beta), ("gamma", gamma), ("delta", delta)] {
            parameter(what, value, 0.0, "at least 0")?;
        }
        if alpha > 0.0 && alpha.is_finite() {
            Ok(())
        } else {
            Err(SizingError::OutOfRange { what: "alpha", value: alpha, range: "above 0" })
        }
    }

    /// Time to process the prompt with `batch` requests in the batch. Nothing for an empty prompt.
    ///
    /// Iteration form: α + n·(β·(in + out) ÷ (out + 1) + γ·(in + out ÷ 2)) + (β + γ)·in.
    pub fn prefill_time(&self, size: &RequestSize, batch: f64) -> f64 {
        if size.input_tokens == 0.0 {
            return 0.0;
        }
        match *self {
            Self::PrefillDecode { gamma, delta, .. } => gamma + delta * size.input_tokens * batch,
            Self::Iteration { beta, gamma, .. } => self.iteration_time(size, batch) + (beta + gamma) * size.input_tokens,
        }
    }

    /// Time of one decoding step with `batch` requests in the batch.
    pub fn decode_time(&self, size: &RequestSize, batch: f64) -> f64 {
        match *self {
            Self::PrefillDecode { alpha, beta, .. } => alpha + beta * batch,
            Self::Iteration { beta, gamma, .. } => self.iteration_time(size, batch) + beta + gamma * size.in_memory(),
        }
    }

    /// Decoding steps of a request: the prefill of the four-parameter form yields the first token itself.
    pub fn decode_steps(&self, size: &RequestSize) -> f64 {
        match self {
            Self::PrefillDecode { .. } => (size.output_tokens - 1.0).max(1.0),
            Self::Iteration { .. } => size.output_tokens,
        }
    }

    /// Time of the whole request once it is in a batch of `batch`.
    pub fn request_time(&self, size: &RequestSize, batch: f64) -> f64 {
        self.prefill_time(size, batch) + self.decode_steps(size) * self.decode_time(size, batch)
    }

    /// From entering the batch to the first token.
    pub(super) fn first_token_time(&self, prefill: f64, decode: f64) -> f64 {
        match self {
            Self::PrefillDecode { .. } => prefill,
            Self::Iteration { .. } => prefill + decode,
        }
    }

    fn iteration_time(&self, size: &RequestSize, batch: f64) -> f64 {
        match *self {
            Self::PrefillDecode { alpha, beta, .. } => alpha + beta * batch,
            Self::Iteration { alpha, beta, gamma } => {
                let computed = (size.input_tokens + size.output_tokens) / (size.output_tokens + 1.0);
                alpha + batch * (beta * computed + gamma * size.in_memory())
            }
        }
    }
}

fn parameter(what: &'static str, value: f64, least: f64, range: &'static str) -> Result<(), SizingError> {
    if value >= least && value.is_finite() { Ok(()) } else { Err(SizingError::OutOfRange { what, value, range }) }
}
