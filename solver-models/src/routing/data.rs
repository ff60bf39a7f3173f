//! The validated instance and its reading.

use farthing_types::Amount;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::input::{Accept, InputError, Names, Object};

/// Where the format is described.
pub const MANUAL: &str = "solver-models/src/routing/MODEL.md";
/// Most kinds of decision × handlers.
pub const MAX_ROUTES: usize = 200_000;

/// A kind of decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Its name.
    pub id: String,
    /// V.
    pub volume: Amount,
    /// Q.
    pub least_quality: Option<Amount>,
    /// L.
    pub most_latency: Option<Amount>,
    /// S.
    pub slowest: Option<Amount>,
    /// R; empty for all.
    pub regions: Vec<String>,
    /// H.
    pub least_human: Amount,
}

/// What decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = HandlerKind)]
pub enum Kind {
    /// A model.
    Model,
    /// People.
    Person,
}

/// What a decision takes at a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handling {
    /// Money.
    pub cost: Amount,
    /// Share of right answers.
    pub quality: Amount,
    /// Seconds.
    pub latency: Amount,
    /// Units of the handler's capacity.
    pub load: Amount,
}

/// A model of one size in one region, or a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handler {
    /// Its name.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// Its size, for the report.
    pub size: Option<String>,
    /// Where it handles data.
    pub region: Option<String>,
    /// C.
    pub capacity: Option<Amount>,
    /// By kind of decision.
    pub handles: Vec<Option<Handling>>,
}

/// A routing problem; see MODEL.md.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Kinds of decision.
    pub decisions: Vec<Decision>,
    /// Handlers.
    pub handlers: Vec<Handler>,
    /// B.
    pub budget: Option<Amount>,
}

impl Instance {
    /// Reads the format of MODEL.md.
    ///
    /// # Errors
    /// [`InputError`], naming the field.
    pub fn from_json(text: &str) -> Result<Self, InputError> {
        crate::input::read(text, MANUAL, read)
    }

    /// What a decision of a kind takes at a handler; `None` where it may not go there.
    pub fn route(&self, decision: usize, handler: usize) -> Option<Handling> {
        let (of, at) = (&self.decisions[decision], &self.handlers[handler]);
        let here = of.regions.is_empty() || at.region.as_ref().is_some_and(|r| of.regions.contains(r));
        at.handles[decision].filter(|h| here && of.slowest.is_none_or(|slowest| h.latency <= slowest))
    }
}

fn read(o: &mut Object<'_>) -> Result<Instance, InputError> {
    let decisions = o.take("decisions")?.list(|f| f.object(read_decision))?;
    let names = Names::new("decisions", decisions.iter().map(|d| &d.id))?;
    let handlers = o.take("handlers")?.list(|f| f.object(|o| read_handler(o, &names, decisions.len())))?;
    Names::new("handlers", handlers.iter().map(|h| &h.id))?;
    let routes = decisions.len() * handlers.len();
    if routes > MAX_ROUTES {
        return Err(o.rule(format!("{routes} routes (decisions × handlers) are more than {MAX_ROUTES}; join kinds of decision")));
    }
    for (at, decision) in decisions.iter().enumerate() {
        let known = |region: &String| handlers.iter().any(|h| h.region.as_ref() == Some(region));
        if let Some(region) = decision.regions.iter().find(|r| !known(r)) {
            let rule = format!("no handler is in the region {region}; correct it or leave it out");
            return Err(InputError::Rule { place: format!("decisions[{at}].regions"), rule });
        }
    }
    let budget = o.maybe("budget").map(|f| f.amount(Accept::NonNegative)).transpose()?;
    Ok(Instance { decisions, handlers, budget })
}

fn read_decision(o: &mut Object<'_>) -> Result<Decision, InputError> {
    let mut optional = |field, accept| o.maybe(field).map(|f| f.amount(accept)).transpose();
    let least_quality = optional("least_quality", Accept::Share)?;
    let (most_latency, slowest) = (optional("most_latency", Accept::NonNegative)?, optional("slowest", Accept::NonNegative)?);
    Ok(Decision {
        id: o.take("id")?.text()?,
        volume: o.take("volume")?.amount(Accept::NonNegative)?,
        least_quality,
        most_latency,
        slowest,
        regions: o.list_or_empty("regions", |f| f.text())?,
        least_human: o.amount_or("least_human", Accept::Share, Amount::ZERO)?,
    })
}

fn read_handler(o: &mut Object<'_>, names: &Names, decisions: usize) -> Result<Handler, InputError> {
    let mut handles = vec![None; decisions];
    o.take("handles")?.map(|name, f| {
        let decision = names.find(f.place(), "decision", name)?;
        let handling = f.object(|o| {
            Ok(Handling {
                cost: o.take("cost")?.amount(Accept::NonNegative)?,
                quality: o.amount_or("quality", Accept::Share, Amount::ONE)?,
                latency: o.amount_or("latency", Accept::NonNegative, Amount::ZERO)?,
                load: o.amount_or("load", Accept::NonNegative, Amount::ONE)?,
            })
        })?;
        handles[decision] = Some(handling);
        Ok(())
    })?;
    Ok(Handler {
        id: o.take("id")?.text()?,
        kind: o.take("kind")?.one_of()?,
        size: o.maybe("size").map(|f| f.text()).transpose()?,
        region: o.maybe("region").map(|f| f.text()).transpose()?,
        capacity: o.maybe("capacity").map(|f| f.amount(Accept::NonNegative)).transpose()?,
        handles,
    })
}
