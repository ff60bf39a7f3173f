use super::Exact;

const HEADER: &str = "BilledCost,BillingAccountId,BillingCurrency,BillingPeriodEnd,BillingPeriodStart,ChargeCategory,ChargePeriodEnd,\
                      ChargePeriodStart,ContractedCost,EffectiveCost,InvoiceIssuerName,ListCost,ServiceCategory,ServiceName,SubAccountId,Tags";

/// A FOCUS bill of one month, in CSV, as a test needs it.
///
/// Every charge is billed, effective and contracted at the same cost, and listed at one unit of currency more.
pub struct Bill {
    month: &'static str,
    header: String,
    rows: Vec<String>,
}

impl Bill {
    /// An empty one, such as of `2026-05`.
    pub fn of(month: &'static str) -> Self {
        Self { month, header: HEADER.to_owned(), rows: Vec::new() }
    }

    /// A charge in US dollars with the tag `team`; the empty team is no tag.
    pub fn charge(self, team: &str, service: &str, cost: &str) -> Self {
        self.charge_in("USD", team, service, cost)
    }

    /// A charge in another currency.
    pub fn charge_in(mut self, currency: &str, team: &str, service: &str, cost: &str) -> Self {
        let month = self.month;
        let list = Exact::parse(cost) + Exact::parse("1");
        let tags = if team.is_empty() { "{}".to_owned() } else { format!("{{\"\"team\"\":\"\"{team}\"\"}}") };
        let day = 1 + self.rows.len() % 9;
        self.rows.push(format!(
            "{cost},1000,{currency},{},{month}-01T00:00:00Z,Usage,{month}-{:02}T00:00:00Z,{month}-{day:02}T00:00:00Z,{cost},{cost},\
             Acme Cloud,{list},Compute,{service},2000,\"{tags}\"",
            next(month),
            day + 1
        ));
        self
    }

    /// Changes the last charge as a damaged export would.
    pub fn with(mut self, found: &str, replaced: &str) -> Self {
        let last = self.rows.last_mut().expect("there is a charge to change");
        assert!(last.contains(found), "{found} is not in {last}");
        *last = last.replacen(found, replaced, 1);
        self
    }

    /// Adds a column that is the same in all rows so far.
    pub fn column(mut self, name: &str, value: &str) -> Self {
        self.header += &format!(",{name}");
        self.rows.iter_mut().for_each(|row| *row += &format!(",{value}"));
        self
    }

    /// `count` charges of different services and costs.
    pub fn charges(self, count: usize) -> Self {
        (0..count)
            .fold(self, |bill, row| bill.charge(["a", "b", ""][row % 3], &format!("Service {}", row % 7), &format!("{row}.01")))
    }

    /// The file.
    pub fn csv(&self) -> String {
        format!("{}\n{}\n", self.header, self.rows.join("\n"))
    }
}

fn next(month: &str) -> String {
    let (year, month) = month.split_once('-').expect("a month is such as 2026-05");
    let (year, month): (u32, u32) = (year.parse().expect("a year"), month.parse().expect("a month"));
    let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    format!("{year}-{month:02}-01T00:00:00Z")
}
