use crate::ServiceTime;

/// The time of one iteration of a batch, in seconds: what the averages of [`ServiceTime`] are made of.
///
/// An iteration of n requests that decode, with M tokens in memory, and of newcomers with I tokens of prompts takes
/// `base + n·member + M·memory` (nothing of it where nobody decodes and prompts are processed apart) plus, where there are
/// newcomers, `prefill + I·input`.
///
/// Iteration form: base α, member β, memory γ, and a prompt's tokens are computed and read: β + γ each. Averaged over the
/// iterations of equal requests this is α + n·(β·(in + out) ÷ (out + 1) + γ·(in + out ÷ 2)), the queue's formula. Four-parameter
/// form: base α, member β, and newcomers stop the batch for γ + δ·I; a request of the formula waits for δ·in of each other, here
/// it waits for the whole of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    base: f64,
    member: f64,
    memory: f64,
    prefill: f64,
    input: f64,
    /// The prefill yields the first token by itself.
    prefill_yields: bool,
}

impl Step {
    pub(super) fn of(time: &ServiceTime) -> Self {
        let second = 1e-3;
        match *time {
            ServiceTime::Iteration { alpha, beta, gamma } => Self {
                base: alpha * second,
                member: beta * second,
                memory: gamma * second,
                prefill: 0.0,
                input: (beta + gamma) * second,
                prefill_yields: false,
            },
            ServiceTime::PrefillDecode { alpha, beta, gamma, delta } => Self {
                base: alpha * second,
                member: beta * second,
                memory: 0.0,
                prefill: gamma * second,
                input: delta * second,
                prefill_yields: true,
            },
        }
    }

    pub(super) fn prefill_yields(&self) -> bool {
        self.prefill_yields
    }

    /// Iterations of a request after its prefill.
    pub(super) fn decode_steps(&self, output_tokens: u32) -> u64 {
        u64::from(if self.prefill_yields { output_tokens.saturating_sub(1).max(1) } else { output_tokens.max(1) })
    }

    /// An iteration with newcomers.
    #[inline]
    pub(super) fn mixed(&self, decoding: u32, memory: f64, input: f64) -> f64 {
        let decode = if decoding > 0 || !self.prefill_yields { self.decode(decoding, memory) } else { 0.0 };
        decode + self.prefill + self.input * input
    }

    #[inline]
    fn decode(&self, decoding: u32, memory: f64) -> f64 {
        self.base + self.member * f64::from(decoding) + self.memory * memory
    }

    /// `steps` iterations without newcomers: every request's memory grows by a token in each.
    #[inline]
    pub(super) fn run(&self, decoding: u32, memory: f64, steps: u64) -> f64 {
        let steps = steps as f64;
        steps * self.decode(decoding, memory) + self.memory * f64::from(decoding) * 0.5 * steps * (steps - 1.0)
    }

    /// The fewest such iterations, at least one, that take `seconds`.
    #[inline]
    pub(super) fn steps_until(&self, decoding: u32, memory: f64, seconds: f64) -> u64 {
        let grow = 0.5 * self.memory * f64::from(decoding);
        let first = self.decode(decoding, memory) - grow;
        let steps = if grow > 0.0 {
            // The positive root of grow·k² + first·k = seconds, in the form that does not cancel.
            2.0 * seconds / (first + (first * first + 4.0 * grow * seconds).sqrt())
        } else {
            seconds / first
        };
        (steps.ceil() as u64).max(1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::RequestSize;

    proptest! {
        #[test]
        fn the_steps_until_a_moment_are_the_fewest_that_reach_it(
            alpha in 1.0..50.0_f64, beta in 0.0..1.0_f64, gamma in 0.0..0.01_f64, decoding in 1_u32..100, seconds in 0.001..50.0_f64,
        ) {
            let step = Step::of(&ServiceTime::Iteration { alpha, beta, gamma });
            let memory = f64::from(decoding) * 300.0;
            let steps = step.steps_until(decoding, memory, seconds);
            prop_assert!(step.run(decoding, memory, steps) >= seconds * (1.0 - 1e-9));
            prop_assert!(steps == 1 || step.run(decoding, memory, steps - 1) < seconds * (1.0 + 1e-9));
        }

        /// A request alone takes as long as the queue's formula says.
        #[test]
        fn a_lone_request_takes_the_time_of_the_formula(
            alpha in 1.0..50.0_f64, beta in 0.0..1.0_f64, gamma in 0.0..0.01_f64, delta in 0.0..0.1_f64, input in 1_u32..4000, output in 2_u32..2000,
        ) {
            let size = RequestSize { input_tokens: f64::from(input), output_tokens: f64::from(output) };
            for time in [ServiceTime::Iteration { alpha, beta, gamma }, ServiceTime::PrefillDecode { alpha, beta, gamma, delta }] {
                let step = Step::of(&time);
                let memory = f64::from(input) + 0.5;
                let found = step.mixed(0, 0.0, f64::from(input)) + step.run(1, memory, step.decode_steps(output));
                // The formula counts the request as one of the batch in its own prefill as well.
                let known = match time {
                    ServiceTime::Iteration { .. } => {
                        let computed = f64::from(output) * beta + f64::from(input) * beta;
                        let read = f64::from(input) * gamma + f64::from(output) * gamma * (f64::from(input) + 0.5 * f64::from(output));
                        1e-3 * (alpha * f64::from(output + 1) + computed + read)
                    }
                    ServiceTime::PrefillDecode { .. } => 1e-3 * time.request_time(&size, 1.0),
                };
                prop_assert!((found / known - 1.0).abs() < 1e-9, "{found} is not {known}");
            }
        }
    }
}
