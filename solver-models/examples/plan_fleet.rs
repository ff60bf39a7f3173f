//! Plans a fleet instance by itself: `cargo run --release -p farthing-solver-models --example plan_fleet INSTANCE SECONDS GAP PLAN [PROGRAM]`.
//!
//! A line on stderr whenever bound or plan got better, a summary as JSON on stdout; PLAN is written, and PROGRAM (.mps) for other solvers.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use farthing_solver_models::fleet::{Instance, Limits, Progress, solve, whole_program};

/// What is told, and how long programs were built.
#[derive(Default)]
struct Told {
    last: Option<Progress>,
    building: f64,
    began: Option<f64>,
}

impl Told {
    fn hear(&mut self, now: Progress) -> ControlFlow<()> {
        self.building += self.began.take().map_or(0.0, |began| now.seconds - began);
        self.began = now.phase.starts_with("building").then_some(now.seconds);
        if self.last.is_none_or(|last| (last.phase, last.objective, last.bound) != (now.phase, now.objective, now.bound)) {
            let figure = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.2}"));
            let gap = now.gap().map_or("-".to_owned(), |gap| format!("{:.4}", 100.0 * gap));
            eprintln!(
                "{:.2} s\t{}\tplan {}\tbound {}\tgap {gap} %",
                now.seconds,
                now.phase,
                figure(now.objective),
                figure(now.bound)
            );
            self.last = Some(now);
        }
        ControlFlow::Continue(())
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |at: usize| arguments[at].parse::<f64>().expect("a number");
    let read = Instant::now();
    let text = std::fs::read_to_string(&arguments[1]).expect("an instance file");
    let instance = Instance::from_json(&text).expect("a fleet instance");
    let read = read.elapsed().as_secs_f64();
    if let Some(path) = arguments.get(5) {
        std::fs::write(path, whole_program(&instance).to_mps()).expect("a file to write");
    }
    let limits = Limits { time_limit: Duration::from_secs_f64(number(2)), gap: number(3), rounds: 0 };
    let mut told = Told::default();
    let outcome = solve(&instance, &limits, &mut |now| told.hear(now)).expect("an answer");
    std::fs::write(&arguments[4], serde_json::to_string(&outcome).expect("an outcome is JSON")).expect("a file to write");
    let summary = serde_json::json!({"status": outcome.status, "method": outcome.method, "objective": outcome.objective, "bound": outcome.bound,
        "gap": outcome.gap, "seconds": outcome.seconds, "reading": read, "building": told.building});
    println!("{summary}");
}
