use super::*;

/// min −3x −2y, x + y ≤ 4, x + 3y ≤ 6, x ≤ 3 (Hillier and Lieberman's kind): optimum −11 at (3, 1).
fn small(integer: bool) -> (Program, Row, Row) {
    let mut program = Program::new("small");
    let x = if integer { program.integer("x", -3.0, 0.0, 3.0) } else { program.column("x", -3.0, 0.0, 3.0) };
    let y = program.column("y", -2.0, 0.0, f64::INFINITY);
    let first = program.at_most("first", [(x, 1.0), (y, 1.0)], 4.0);
    let second = program.at_most("second", [(x, 1.0), (y, 3.0)], 6.0);
    (program, first, second)
}

#[test]
fn an_optimum_has_its_bound_and_its_prices() {
    let (program, first, second) = small(false);
    let solved = program.solve(&Limits::default()).unwrap().solved().unwrap();
    assert_eq!((solved.status, solved.objective, solved.bound), (Status::Optimal, -11.0, -11.0));
    let prices = program.prices(&solved.values, &Limits::default()).unwrap();
    // One more of the first limit buys one more y: −2. The second one, which is met with equality at y = 1, is worth nothing alone.
    let total = 4.0 * prices.row(first) + 6.0 * prices.row(second) + 3.0 * prices.reduced_cost(Column(0));
    assert!((total - -11.0).abs() < 1e-9, "strong duality: {prices:?}");
    assert!(!prices.fixed);
}

#[test]
fn the_prices_of_whole_numbers_are_those_where_they_are_fixed() {
    let (program, ..) = small(true);
    let solved = program.solve(&Limits::default()).unwrap().solved().unwrap();
    let prices = program.prices(&solved.values, &Limits::default()).unwrap();
    assert!(prices.fixed && prices.row(Row(0)) + prices.row(Row(1)) < 0.0);
}

#[test]
fn unbounded_and_infeasible_are_told_apart_with_and_without_whole_numbers() {
    for integer in [false, true] {
        let mut program = Program::new("no end");
        let x =
            if integer { program.integer("x", -1.0, 0.0, f64::INFINITY) } else { program.column("x", -1.0, 0.0, f64::INFINITY) };
        let y = program.column("y", 0.0, 0.0, f64::INFINITY);
        program.at_most("difference", [(x, 1.0), (y, -1.0)], 2.0);
        assert_eq!(program.solve(&Limits::default()).unwrap(), Answer::Unbounded, "integer: {integer}");
        program.at_most("impossible", [(y, 1.0)], -1.0);
        assert_eq!(program.solve(&Limits::default()).unwrap(), Answer::Infeasible, "integer: {integer}");
    }
}

#[test]
fn a_program_that_cannot_be_met_says_what_to_relax() {
    let mut program = Program::new("short");
    let x = program.integer("x", 1.0, 0.0, 10.0);
    let demand = program.at_least("demand", [(x, 1.0)], 7.5);
    let budget = program.at_most("budget", [(x, 2.0)], 10.0);
    program.relaxable(demand, "demand", "units", 100.0);
    program.relaxable(budget, "the budget", "EUR", 1.0);
    assert_eq!(program.solve(&Limits::default()).unwrap(), Answer::Infeasible);
    let least = program.least_relaxation(&Limits::default()).unwrap().unwrap();
    assert_eq!(least.iter().map(ToString::to_string).collect::<Vec<_>>(), ["raise the budget from 10 to 16 EUR"]);
    program.set_bounds(x, 0.0, 5.0);
    let least = program.least_relaxation(&Limits::default()).unwrap().unwrap();
    assert_eq!(least.iter().map(ToString::to_string).collect::<Vec<_>>(), ["lower demand from 7.5 to 5 units"]);
    program.at_least("law", [(x, 1.0)], 6.0);
    assert_eq!(program.least_relaxation(&Limits::default()).unwrap(), None, "what may not give way does not");
}

#[test]
fn limits_that_make_no_sense_are_refused() {
    let (program, ..) = small(false);
    let refused = program.solve(&Limits { gap: 1.0, ..Limits::default() }).unwrap_err();
    assert!(refused.to_string().starts_with("limits: the gap must be from 0"));
}

#[test]
fn the_exports_have_every_part() {
    let (mut program, ..) = small(true);
    program.add_constant(5.0);
    program.row("both sides", 1.0, 2.5, [(Column(1), 1.0)]);
    let mps = program.to_mps();
    for part in [
        " N cost",
        " L r0_first",
        " G r2_both_sides",
        "'INTORG'",
        "'INTEND'",
        " RHS cost -5.0",
        " RNG r2_both_sides 1.5",
        " UP BND x0_x 3.0",
        " PL BND x1_y",
    ] {
        assert!(mps.contains(part), "{part} is missing in\n{mps}");
    }
    let lp = program.to_lp();
    for part in [
        "Minimize\n cost: - 3.0 x0_x - 2.0 x1_y + 5.0 constant_one",
        " r2_both_sides_lo: + 1.0 x1_y >= 1.0",
        "General\n x0_x",
        "constant_one = 1",
    ] {
        assert!(lp.contains(part), "{part} is missing in\n{lp}");
    }
}
