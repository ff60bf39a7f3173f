use std::collections::BTreeMap;

use serde_json::Value;

use super::{Exact, Home, figure, list, statements, text};

const COSTS: [(&str, &str); 4] =
    [("billed", "BilledCost"), ("effective", "EffectiveCost"), ("contracted", "ContractedCost"), ("list", "ListCost")];

/// The four sums of a currency, and how many charges they are of.
type Sums = BTreeMap<String, ([Exact; 4], u64)>;

/// What can be seen of a home: its reports as bytes, and what the catalogue lists.
#[derive(Debug, PartialEq)]
pub struct State {
    reports: Vec<String>,
    catalogue: Value,
}

impl State {
    /// Each period's chargeback.
    pub fn reports(&self) -> &[String] {
        &self.reports
    }

    /// What the catalogue lists.
    pub fn catalogue(&self) -> &[Value] {
        self.catalogue.as_array().map_or(&[], Vec::as_slice)
    }
}

impl Home {
    /// What can be seen of it now. Two of these are equal where nothing changed in between.
    #[track_caller]
    pub fn state(&self) -> State {
        let report = |period: &String| self.run(&["chargeback", "--period", period, "--format", "csv"]).exits(0).stdout;
        State {
            reports: self.billed_periods().iter().map(report).collect(),
            catalogue: self.json(&["status"])["periods"].clone(),
        }
    }

    /// Holds a home against the invariants that every fault must leave standing:
    ///
    /// - I1: catalogue = facts = attributed + unattributed, exactly, for every period, currency and each of the four costs;
    /// - I3: there are as many facts as the catalogue lists, no part of a month more or less;
    /// - I5: the same question again gives the same bytes.
    ///
    /// I2 is [`Home::changes_nothing`]. There is no audit chain and no action yet for I4 and I6.
    #[track_caller]
    pub fn invariants_hold(&self) {
        for period in self.billed_periods() {
            let listed = self.listed(&period);
            assert_eq!(self.stored(&period), listed, "I1, I3: the facts of {period} are not those of the catalogue");
            for (at, (cost, _)) in COSTS.iter().enumerate() {
                let report = self.json(&["chargeback", "--period", &period, "--cost", cost]);
                let statements = statements(&report);
                assert_eq!(statements.len(), listed.len(), "I1: a currency of {period} has no statement");
                for statement in statements {
                    let sum = listed[text(statement, "currency")].0[at];
                    assert_eq!(figure(statement, "billed_total"), sum, "I1: {statement:#}");
                    let posted = figure(statement, "attributed_total") + figure(statement, "unattributed_total");
                    assert_eq!((posted, text(statement, "difference")), (sum, "0"), "I1: {statement:#}");
                }
            }
        }
        self.run(&["doctor"]).exits(0);
        assert_eq!(self.state(), self.state(), "I5: the same question has another answer");
    }

    /// I2: runs a command that has nothing new to say, and looks whether it changed anything.
    #[track_caller]
    pub fn changes_nothing(&self, arguments: &[&str]) {
        let before = self.state();
        let run = self.run(arguments);
        assert_eq!(self.state(), before, "I2: something changed: {run}");
    }

    /// The periods that have charges.
    fn billed_periods(&self) -> Vec<String> {
        let status = self.json(&["status"]);
        let periods = charges(&status).map(|line| text(line, "period").to_owned());
        periods.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
    }

    /// The sums of a period that the catalogue lists.
    fn listed(&self, period: &str) -> Sums {
        let status = self.json(&["status"]);
        let mut sums = Sums::new();
        for line in charges(&status).filter(|line| text(line, "period") == period) {
            for total in list(line, "totals") {
                let (four, _) = sums.entry(text(total, "currency").to_owned()).or_default();
                *four = std::array::from_fn(|at| four[at] + figure(total, COSTS[at].0));
            }
        }
        // The catalogue counts the charges of all currencies together; that is the first one's to answer for.
        let rows = charges(&status).filter(|line| text(line, "period") == period).filter_map(|line| line["rows"].as_u64()).sum();
        if let Some((_, count)) = sums.values_mut().next() {
            *count = rows;
        }
        sums
    }

    /// The same sums from the facts.
    #[track_caller]
    fn stored(&self, period: &str) -> Sums {
        let sums = COSTS.map(|(_, column)| format!("SUM({column}) AS {column}")).join(", ");
        let query = format!("SELECT BillingCurrency, {sums}, COUNT(*) AS Charges FROM focus GROUP BY 1 ORDER BY 1");
        let found = self.json(&["sql", "--period", period, &query]);
        let rows = found.as_array().expect("rows");
        let mut counted: u64 = rows.iter().filter_map(|row| row["Charges"].as_u64()).sum();
        let of = |row: &Value| COSTS.map(|(_, column)| row[column].as_str().map(Exact::parse).unwrap_or_default());
        rows.iter().map(|row| (text(row, "BillingCurrency").to_owned(), (of(row), std::mem::take(&mut counted)))).collect()
    }
}

fn charges(status: &Value) -> impl Iterator<Item = &Value> {
    list(status, "periods").iter().filter(|line| line["dataset"] == "charges")
}
