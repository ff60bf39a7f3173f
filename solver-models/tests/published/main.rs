//! Published instances through our status mapping. They lie in the folder of real data (`FARTHING_SHARED`); without it the tests say
//! that they were skipped.
#![allow(clippy::unwrap_used, reason = "an instance that cannot be read fails its test")]

mod fleets;
mod helix;
mod highs_instances;
mod lp;
mod mps;

use std::path::PathBuf;
use std::time::Duration;

use farthing_solver_models::program::{Limits, Program, Solved};

/// The folder of solver instances, where there is one.
#[allow(clippy::disallowed_methods)]
fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("FARTHING_SHARED");
    if folder.is_none() {
        println!("skipped: FARTHING_SHARED is not set");
    }
    folder.map(|f| PathBuf::from(f).join("data/solver"))
}

fn read(path: PathBuf) -> String {
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// To the optimum, in more time than any of these needs.
fn limits() -> Limits {
    Limits { time_limit: Duration::from_secs(300), gap: 0.0, nodes: 0 }
}

fn optimum(program: &Program) -> Solved {
    program.solve(&limits()).unwrap().solved().unwrap()
}

fn near(found: f64, expected: f64, tolerance: f64) -> bool {
    (found - expected).abs() <= tolerance * expected.abs().max(1.0)
}
