//! The statement of one unit for a billing period, also on paper.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use farthing_attribution::{FigureOn, trace};
use farthing_ledger::{ByService, Statement, UnitStatement, Whole, unit_statement};
use farthing_types::{BillingPeriod, Cost, Selection, UnitId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::certificate::CloseCertificate;
use crate::chargeback::{Attributed, sum};
use crate::conversion::{Reporting, Stated};
use crate::home::blocking;
use crate::print::{Basis, PaperSize, print};
use crate::{Error, Farthing};

/// The column by which direct costs are told apart.
const SERVICE: &str = "ServiceName";

/// What is asked for.
#[derive(Clone, Debug)]
pub struct UnitStatementQuery {
    /// The unit; those below it are part of it.
    pub unit: UnitId,
    /// The billing period.
    pub period: BillingPeriod,
    /// Which of the four costs.
    pub cost: Cost,
    /// All currencies in this one; without it each has its own statement.
    pub reporting: Option<Reporting>,
}

/// The statements of a unit, one a currency.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnitStatements {
    /// The moment whose facts and documents they rest on.
    pub as_of: DateTime<Utc>,
    /// Rows that imports had to set aside: their money is in no figure here.
    pub rows_set_aside: u64,
    /// How the period was closed; `null` while it is open.
    pub closed: Option<Closing>,
    /// The statements.
    pub statements: Vec<UnitStatement>,
}

/// How a billing period was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StatementClosing)]
pub struct Closing {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
    /// The digest of the certificate.
    pub certificate: String,
}

impl Farthing {
    /// What a unit and those below it are charged for a billing period: by service, by pool, and beside the month before. A closed
    /// period is as it was when it was closed.
    ///
    /// # Errors
    /// When there are no such charges, the unit has no money in them, or the published rules cannot be used.
    pub async fn unit_statement(&self, query: &UnitStatementQuery) -> Result<UnitStatements, Error> {
        let selection = Selection::Period(query.period);
        let then = self.as_closed(selection).await?;
        let as_of = then.stated_moment();
        let now = then.with_services(query.period, query).await?;
        let before = match then.with_services(query.period.previous(), query).await {
            Ok(before) => Some(before),
            // There need be neither charges nor rates of then.
            Err(Error::Nothing(_)) => None,
            Err(error) => return Err(error),
        };
        let rows_set_aside = then.rows_set_aside(&now.attributed.charges.revisions).await?;
        let pools: BTreeMap<String, UnitId> =
            now.attributed.rules.pools().iter().map(|pool| (pool.id.to_string(), pool.unit.clone())).collect();
        let mut statements = Vec::new();
        for (statement, services) in &now.statements {
            let same = |list: &'_ &(Statement, ByService)| list.0.currency == statement.currency;
            let before = before.as_ref().and_then(|before| before.statements.iter().find(same));
            let before = before.map(|(statement, services)| Whole { statement, services });
            let made = unit_statement(Whole { statement, services }, before, &query.unit, &pools);
            statements.extend(made.map_err(|error| Error::Invalid(error.to_string()))?);
        }
        // A statement has a row for every unit of the tree: one in whose currency nothing stands there is none of this unit's.
        let has_money = |one: &UnitStatement| !(one.direct.is_empty() && one.shared.is_empty());
        if statements.iter().any(has_money) {
            statements.retain(has_money);
        }
        if statements.is_empty() {
            let (unit, period) = (&query.unit, query.period);
            return Err(Error::Nothing(format!("unit {unit} has no money in {period}. `farthing units` lists the units")));
        }
        let closed = self.closing_of(query.period).await?;
        Ok(UnitStatements { as_of, rows_set_aside, closed, statements })
    }

    /// The statements as PDF. The same statements have the same bytes.
    ///
    /// # Errors
    /// When a typeface of the program is damaged.
    pub fn print_unit_statement(statements: &UnitStatements, size: PaperSize) -> Result<Vec<u8>, Error> {
        let closed = statements.closed.as_ref().map(|closed| (closed.at, closed.by.as_str(), closed.certificate.as_str()));
        let basis = Basis { as_of: statements.as_of, closed, rows_set_aside: statements.rows_set_aside };
        let list: Vec<&UnitStatement> = statements.statements.iter().collect();
        print(&list, &basis, size).map_err(|error| Error::Invalid(error.to_string()))
    }

    /// The statements of a period, each with the direct cost of the unit by service.
    async fn with_services(&self, period: BillingPeriod, query: &UnitStatementQuery) -> Result<WithServices, Error> {
        let attributed = self.attributed(Selection::Period(period), &[SERVICE, "ChargeClass"]).await?;
        let stated = self.stated_in(attributed, query.cost, query.reporting).await?;
        let (unit, cost) = (query.unit.clone(), query.cost);
        let work = move || {
            let of = |statement: &Statement| Ok((statement.clone(), services(&stated, statement, &unit, cost)?));
            let statements = stated.statements.iter().map(of).collect::<Result<_, Error>>()?;
            Ok(WithServices { attributed: stated.attributed, statements })
        };
        blocking(work).await
    }

    /// How a period was closed, if it is, or was at the moment that is asked about.
    async fn closing_of(&self, period: BillingPeriod) -> Result<Option<Closing>, Error> {
        let since = self.closed_since(period).await?;
        let stored = self.store.certificates().newest(period, self.moment).await?;
        let Some(stored) = stored.filter(|stored| since == Some(stored.issued_at)) else { return Ok(None) };
        let unreadable =
            |error: serde_json::Error| Error::Invalid(format!("the certificate of {period} cannot be read: {error}"));
        let certificate: CloseCertificate = serde_json::from_str(&stored.content).map_err(unreadable)?;
        Ok(Some(Closing { at: stored.issued_at, by: certificate.certified.closed_by, certificate: certificate.sha256 }))
    }
}

/// A period's statements with what the ledger does not know of a unit.
struct WithServices {
    attributed: Attributed,
    statements: Vec<(Statement, ByService)>,
}

/// Direct cost of a unit and those below it by service, added up from the charges that rules sent there.
fn services(stated: &Stated, statement: &Statement, unit: &UnitId, cost: Cost) -> Result<ByService, Error> {
    let tree = statement.subtree(unit).iter().map(|line| FigureOn::Unit(line.unit.clone()));
    let places: BTreeSet<FigureOn> = tree.collect();
    let mut services = ByService::new();
    for line in trace(&stated.attributed.rules, &stated.attributed.charges.as_input(), &places, &[SERVICE])? {
        if stated.currency(line.currency) == statement.currency {
            let service = line.shown.into_iter().next().and_then(|field| field.value);
            let known = services.entry(service).or_default();
            *known = sum([*known, line.costs[cost]].into_iter())?;
        }
    }
    Ok(services)
}
