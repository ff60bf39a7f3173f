//! One replica at work: a batch that goes from iteration to iteration.
//!
//! Between two changes of the batch all iterations are alike but for the memory, which grows evenly, so a whole run of them is
//! one event. A request that arrives meanwhile cuts the run at the next boundary.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::requests::Requests;
use super::step::Step;

/// What a replica works on.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    step: Step,
    /// When the present run began.
    clock: f64,
    /// When it ends; infinity where there is nothing to do.
    pub end: f64,
    /// Iterations before the present run, and in it.
    iteration: u64,
    steps: u64,
    decoding: u32,
    memory: f64,
    entering: Vec<u32>,
    prefilling: Vec<u32>,
    /// Requests whose first token comes with the first iteration of the present run.
    fresh: Vec<u32>,
    /// The iteration after which a request has all its tokens.
    finishing: BinaryHeap<Reverse<(u64, u32)>>,
}

impl Batch {
    pub(super) fn new(step: Step) -> Self {
        Self {
            step,
            clock: 0.0,
            end: f64::INFINITY,
            iteration: 0,
            steps: 0,
            decoding: 0,
            memory: 0.0,
            entering: Vec::new(),
            prefilling: Vec::new(),
            fresh: Vec::new(),
            finishing: BinaryHeap::new(),
        }
    }

    /// A request that there is a place for joins after the iteration that is under way, at once where there is none.
    #[inline]
    pub(super) fn enter(&mut self, id: u32, now: f64, requests: &mut Requests) {
        self.entering.push(id);
        if self.end == f64::INFINITY {
            self.begin(now, requests);
        } else if self.steps > 1 {
            let steps = self.step.steps_until(self.decoding, self.memory, now - self.clock);
            if steps < self.steps {
                self.steps = steps;
                self.end = self.clock + self.step.run(self.decoding, self.memory, steps);
            }
        }
    }

    /// Ends the present run: newcomers begin to decode, and what has all its tokens goes to `finished`. The caller lets others
    /// enter the places with [`Batch::join`] and calls [`Batch::begin`].
    pub(super) fn end_run(&mut self, requests: &mut Requests, finished: &mut Vec<u32>) {
        let now = self.end;
        self.iteration += self.steps;
        self.memory += self.steps as f64 * f64::from(self.decoding);
        (self.clock, self.end, self.steps) = (now, f64::INFINITY, 0);
        while let Some(&Reverse((last, id))) = self.finishing.peek()
            && last <= self.iteration
        {
            self.finishing.pop();
            let request = requests.at(id);
            self.decoding -= 1;
            self.memory -= f64::from(request.input_tokens) + 0.5 + self.step.decode_steps(request.output_tokens) as f64;
            finished.push(id);
        }
        for id in self.prefilling.drain(..) {
            let request = requests.at(id);
            request.decoding_since = now;
            if self.step.prefill_yields() {
                request.first_token = now;
            } else {
                self.fresh.push(id);
            }
            // A token is read while it is made: half of it, so that the mean over the answer is input + output ÷ 2.
            self.memory += f64::from(request.input_tokens) + 0.5;
            self.decoding += 1;
            self.finishing.push(Reverse((self.iteration + self.step.decode_steps(request.output_tokens), id)));
        }
        if self.decoding == 0 {
            // Nothing is left, nor what rounding left of it.
            self.memory = 0.0;
        }
    }

    /// A request takes a place before the next run begins.
    pub(super) fn join(&mut self, id: u32) {
        self.entering.push(id);
    }

    /// Begins the next run, if there is anything to do.
    #[inline]
    pub(super) fn begin(&mut self, now: f64, requests: &mut Requests) {
        self.clock = now;
        let first = if self.entering.is_empty() {
            let Some(Reverse((last, _))) = self.finishing.peek() else { return };
            self.steps = last - self.iteration;
            self.end = now + self.step.run(self.decoding, self.memory, self.steps);
            self.step.run(self.decoding, self.memory, 1)
        } else {
            std::mem::swap(&mut self.entering, &mut self.prefilling);
            let mut input = 0.0;
            for id in &self.prefilling {
                let request = requests.at(*id);
                request.started = now;
                input += f64::from(request.input_tokens);
            }
            self.steps = 1;
            let seconds = self.step.mixed(self.decoding, self.memory, input);
            self.end = now + seconds;
            seconds
        };
        for id in self.fresh.drain(..) {
            requests.at(id).first_token = now + first;
        }
    }

    /// Everything that was in the batch, which is empty afterwards: the instance is gone.
    pub(super) fn abandon(&mut self, lost: &mut Vec<u32>) {
        lost.append(&mut self.entering);
        lost.append(&mut self.prefilling);
        lost.extend(self.finishing.drain().map(|Reverse((_, id))| id));
        self.fresh.clear();
        (self.decoding, self.memory, self.steps, self.end) = (0, 0.0, 0, f64::INFINITY);
    }
}
