//! The instances of HiGHS's own tests (netlib, MIPLIB): status and value through our mapping.

use farthing_solver_models::program::{Answer, Status};

use super::{limits, mps, near, read, shared};

#[test]
fn every_instance_has_its_published_status_and_value() {
    let Some(folder) = shared().map(|s| s.join("highs_instances")) else { return };
    let (mut values, mut infeasible, mut unbounded) = (0, 0, 0);
    for line in read(folder.join("expected.csv")).lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let (name, status, value) = (cells[0], cells[4], cells[5]);
        let program = mps::read(name, &read(folder.join(format!("{name}.mps"))));
        let shape = (program.rows().len(), program.columns().len());
        assert_eq!(shape, (cells[1].parse().unwrap(), cells[2].parse().unwrap()), "{name}");
        let answer = program.solve(&limits()).unwrap();
        match (status, &answer) {
            ("Optimal", Answer::Solved(solved)) => {
                assert_eq!(solved.status, Status::Optimal, "{name}");
                let expected: f64 = value.parse().unwrap();
                assert!(near(solved.objective, expected, 1e-6), "{name}: {} and not {expected}", solved.objective);
                assert!(near(solved.bound, expected, 1e-6), "{name}: bound {}", solved.bound);
                assert!(program.violation_at(&solved.values) < 1e-5, "{name}: {}", program.violation_at(&solved.values));
                values += 1;
            }
            ("Infeasible", Answer::Infeasible) => infeasible += 1,
            ("Unbounded", Answer::Unbounded) => unbounded += 1,
            _ => panic!("{name}: {:?} and not {status}", answer.status()),
        }
    }
    println!("{values} values, {infeasible} infeasible, {unbounded} unbounded");
    assert!(values > 25 && infeasible > 8 && unbounded == 1);
}

#[test]
fn a_limit_that_comes_first_is_never_an_optimum() {
    let Some(folder) = shared().map(|s| s.join("highs_instances")) else { return };
    let program = mps::read("gesa2", &read(folder.join("gesa2.mps")));
    let coarse = farthing_solver_models::program::Limits { gap: 0.05, ..limits() };
    let solved = program.solve(&coarse).unwrap().solved().unwrap();
    // The optimum is 25,779,856.37: whatever came first, the bound is below it and the status says how far the answer may be off.
    assert!(solved.bound <= 25_779_856.4 && solved.objective >= 25_779_856.3);
    assert_ne!(solved.status, Status::TimeLimit);
    if solved.objective - solved.bound > 1.0 {
        assert_eq!(solved.status, Status::GapLimit);
    }
}

#[test]
fn an_exported_instance_reads_back_as_the_same_program() {
    let Some(folder) = shared().map(|s| s.join("highs_instances")) else { return };
    for name in ["afiro", "e226", "flugpl", "gt2", "rgn", "stair", "standgub", "small_mip"] {
        let program = mps::read(name, &read(folder.join(format!("{name}.mps"))));
        let again = mps::read(name, &program.to_mps());
        assert_eq!((again.constant(), again.rows().len()), (program.constant(), program.rows().len()), "{name}");
        for (a, b) in program.columns().iter().zip(again.columns()) {
            assert_eq!((a.cost, a.lower, a.upper, a.integer), (b.cost, b.lower, b.upper, b.integer), "{name}: {}", a.name);
        }
        for (a, b) in program.rows().iter().zip(again.rows()) {
            assert_eq!((a.lower, &a.terms), (b.lower, &b.terms), "{name}: {}", a.name);
            assert!((a.upper - b.upper).abs() <= 1e-12 * a.upper.abs() || a.upper == b.upper, "{name}: {}", a.name);
        }
    }
}
