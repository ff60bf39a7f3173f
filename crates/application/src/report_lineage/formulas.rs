//! By which formula a figure of a report is computed, in words that can be followed with pencil and paper. The most particular entry counts: one that
//! names the member for the report, one that names it for all, or else that of the report.

/// Report (empty for all), member (empty for all of the report), formula.
type Formula = (&'static str, &'static str, &'static str);

#[rustfmt::skip]
const FORMULAS: &[Formula] = &[
    ("", "difference", "one side of the proof less the other; 0 where it closes"),
    ("", "charges", "the count of charges"),
    ("", "decisions", "the count of decisions, each id once, those that ran in shadow left out"),
    ("", "requests", "the sum of requests in usage"),
    ("", "billed_total", "the sum of the cost over all charges, from the catalogue's totals, which the lake adds up when it writes and again when it reads back"),
    ("", "attributed_total", "the sum of what all units have, directly and from pools"),
    ("", "unattributed_total", "the sum of the charges that no rule gives to a unit, by reason"),
    ("chargeback", "", "sums of the cost over charges: each charge goes by the first rule that fits it, and what pools have is split by their drivers (apportion, largest remainder at 1e-18)"),
    ("chargeback", "direct", "the sum of the cost over the charges that rules give to the unit"),
    ("chargeback", "shared", "what pools give to the unit, less what the unit gives as a pool: cost of the pool × quantity of the unit ÷ quantity of all, by largest remainder at 1e-18"),
    ("chargeback", "total", "direct + shared"),
    ("chargeback", "amount", "the sum of the cost over these charges, or the pool's share"),
    ("statement", "", "the unit's part of the chargeback: direct by service, shared by pool (cost of the pool × quantity ÷ quantity of all)"),
    ("statement", "rate", "cost of the pool ÷ quantity of all"),
    ("journal", "", "each unit's total of the chargeback, rounded together to the currency's decimals by largest remainder; the rounding is a line of its own"),
    ("accruals", "", "usage billed × missing days ÷ days billed, by unit and late source"),
    ("certificate", "", "the sums of the statements when the period was closed, as they were certified"),
    ("reconciliation", "", "the sum of billed cost over the charges of an invoice beside the invoice's total"),
    ("reconciliation", "charged", "the sum of billed cost over the charges that name the invoice"),
    ("reconciliation", "invoiced", "what the invoice says"),
    ("variance", "", "before + price + volume + mix + fees + correction + rules + shared + fx = after, for each row"),
    ("variance", "price", "Σ over items (C₂ − C₁ × Q₂ ÷ Q₁): quantity Q and cost C of an item before (1) and after (2)"),
    ("variance", "volume", "C₁ × Q₂ ÷ Q₁ − C₁ with the sums of each family of items (one service and pricing unit)"),
    ("variance", "mix", "Σ over items (C₁ × Q₂ ÷ Q₁) − family's C₁ × Q₂ ÷ Q₁"),
    ("coverage", "", "the sum of the cost over the charges that the rule gives to a unit; tenths of a per cent of what was billed"),
    ("budgets", "", "the unit's figure of the chargeback, those below it included, beside its budget of the month"),
    ("budgets", "expected", "what the month cost so far + the expected cost of the days to come"),
    ("forecast", "", "exponential smoothing of the daily cost with a season of a week (additive ETS(A,N,A)); low and high from the model's variance, at least as wide as 95 % of its back-test"),
    ("forecast", "actual", "the sum of the cost over the days of the month that are known"),
    ("anomalies", "", "a day's cost beside what its history lets expect, in deviations of that history"),
    ("anomalies", "impact", "actual − expected"),
    ("quality", "", "the measure's count ÷ the count that it is out of, an exact ratio"),
    ("changes", "", "sums over the rows that only one of the two revisions has, and the difference of the two attributions"),
    ("token-cost", "", "allocation: what serves the tokens cost, shared by what was served; usage: tokens × price; per million: cost ÷ tokens × 10⁶"),
    ("token-cost", "per_request", "cost ÷ requests"),
    ("unit-cost", "", "cost of the workflow's units, people's time × loaded rate, review, rework and errors, by arm"),
    ("unit-cost", "total", "the sum of the parts: AI, people, review, rework, errors"),
    ("unit-cost", "per_decision", "total ÷ decisions"),
    ("unit-cost", "per_sound_decision", "total ÷ decisions that were not wrong"),
    ("unit-cost", "low", "the lower end of the 95 % interval of the mean (crates/unit-economics/README.md)"),
    ("unit-cost", "high", "the upper end of the 95 % interval of the mean (crates/unit-economics/README.md)"),
    ("tco", "", "Σ of the lines of a system: charges that a line claims, each once, and what was entered, spread over its months"),
    ("tco", "total", "billed + entered"),
    ("kpis", "", "as the metric defines it"),
    ("portfolio", "", "the model's part of decisions, usage and cost in the period; each scorecard names its own evidence"),
    ("review", "", "the scorecard as it was when the review was opened, from the facts and documents of then"),
    ("process", "", "from the cases of the event log: pieces of work by paired transitions, working time by the calendar; means with 95 % intervals"),
    ("owners", "", "the sum over the usage of one caller at one endpoint"),
    ("experiment", "", "difference of the means of the two arms; the interval holds at every look (crates/unit-economics/README.md)"),
    ("shadow", "", "pairs that agree ÷ pairs; the interval holds at every look (crates/unit-economics/README.md)"),
    ("plan", "", "the solution of the plan's model, verified and priced again in exact decimals (MODEL.md of its model)"),
    ("plan", "saved", "cost today − cost planned, both priced in exact decimals"),
    ("sql", "", "the question itself"),
];

/// The formula of a figure that stands below these members of a report; none for a report that has none at all.
pub(super) fn formula_of(report: &str, members: &[String]) -> Option<&'static str> {
    let of = |report: &str, member: &str| {
        let fits = |(of, name, _): &&Formula| *of == report && *name == member;
        FORMULAS.iter().find(fits).map(|(_, _, formula)| *formula)
    };
    let particular = members.iter().rev().find_map(|member| of(report, member));
    particular.or_else(|| of("", members.last()?)).or_else(|| of(report, ""))
}

#[cfg(test)]
mod tests {
    use super::super::reads::{KEPT, REPORTS};
    use super::*;

    #[test]
    fn every_report_has_a_formula_and_no_formula_is_of_no_report() {
        let names: Vec<&str> = REPORTS.iter().map(|reads| reads.report).chain(KEPT.map(|(name, _)| name)).collect();
        for name in &names {
            assert!(formula_of(name, &[]).is_some(), "{name}: say in FORMULAS how its figures are computed");
        }
        for (report, member, _) in FORMULAS {
            assert!(report.is_empty() || names.contains(report), "{report} {member} is of no report");
            let twice = FORMULAS.iter().filter(|(of, name, _)| of == report && name == member).count();
            assert_eq!(twice, 1, "{report} {member}");
        }
    }

    #[test]
    fn the_most_particular_formula_counts() {
        let members = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(formula_of("chargeback", &members(&["units", "total"])), Some("direct + shared"));
        assert_eq!(formula_of("chargeback", &members(&["charges"])), Some("the count of charges"));
        assert!(formula_of("chargeback", &members(&["units", "depth"])).is_some_and(|said| said.starts_with("sums of the cost")));
    }
}
