//! The validated instance and its reading.

use farthing_types::Amount;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::input::{Accept, Field, InputError, Names, Object};

/// Where the format is described.
pub const MANUAL: &str = "solver-models/src/portfolio/MODEL.md";
/// Most options of all assets.
pub const MAX_OPTIONS: usize = 20_000;

/// What becomes of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PortfolioKind)]
pub enum Kind {
    /// As it is.
    Keep,
    /// The same work, better.
    Retrain,
    /// Other work.
    Repurpose,
    /// Its work goes to another asset.
    Merge,
    /// It ends.
    Retire,
}

/// Some other asset in one of some options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The asset.
    pub asset: usize,
    /// Its options, one of which is needed.
    pub options: Vec<usize>,
}

/// An option of an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its name within the asset.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// Value over the horizon.
    pub value: Amount,
    /// Running cost over the horizon.
    pub run_cost: Amount,
    /// Cost once.
    pub one_off: Amount,
    /// (team, days).
    pub effort: Vec<(usize, Amount)>,
    /// (workflow, share).
    pub covers: Vec<(usize, Amount)>,
    /// What it needs of others.
    pub requires: Vec<Requirement>,
}

impl Choice {
    /// Running and one-off cost.
    pub fn spend(&self) -> Amount {
        self.run_cost + self.one_off
    }
}

/// Something that is automated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its name.
    pub id: String,
    /// The option in force.
    pub today: usize,
    /// Its options.
    pub options: Vec<Choice>,
}

/// A name with a limit: a team's days, a workflow's least coverage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Its name.
    pub id: String,
    /// The limit.
    pub amount: Amount,
}

/// What is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PortfolioObjective)]
pub enum Objective {
    /// The most value − cost.
    #[default]
    Net,
    /// The most value for what may be spent.
    Value,
}

/// A portfolio problem; see MODEL.md.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Assets.
    pub assets: Vec<Asset>,
    /// Teams and their days.
    pub teams: Vec<Limit>,
    /// Workflows and their least coverage.
    pub workflows: Vec<Limit>,
    /// B.
    pub budget: Option<Amount>,
    /// Other budgets to look at.
    pub frontier: Vec<Amount>,
    /// What is wanted.
    pub objective: Objective,
}

impl Instance {
    /// Reads the format of MODEL.md.
    ///
    /// # Errors
    /// [`InputError`], naming the field.
    pub fn from_json(text: &str) -> Result<Self, InputError> {
        crate::input::read(text, MANUAL, read)
    }
}

fn read(o: &mut Object<'_>) -> Result<Instance, InputError> {
    let teams = o.list_or_empty("teams", |f| f.object(|o| read_limit(o, "capacity", Accept::NonNegative)))?;
    let workflows = o.list_or_empty("workflows", |f| f.object(|o| read_limit(o, "least_coverage", Accept::NonNegative)))?;
    let team_names = Names::new("teams", teams.iter().map(|t| &t.id))?;
    let workflow_names = Names::new("workflows", workflows.iter().map(|w| &w.id))?;
    // Requirements name options of assets that come later, so they are read when all names are known.
    let mut open: Vec<(usize, usize, Field<'_>)> = Vec::new();
    let mut at = 0;
    let mut assets = o.take("assets")?.list(|f| {
        f.object(|o| {
            let mut option = 0;
            let options = o.take("options")?.list(|f| {
                let choice = f.object(|o| {
                    if let Some(field) = o.maybe("requires") {
                        open.push((at, option, field));
                    }
                    read_choice(o, &team_names, &workflow_names)
                })?;
                option += 1;
                Ok(choice)
            })?;
            if options.is_empty() {
                return Err(o.rule("the asset has no options; give at least the one in force"));
            }
            let names = Names::new(&format!("assets[{at}].options"), options.iter().map(|c| &c.id))?;
            at += 1;
            let today = o.maybe("today").map_or(Ok(0), |f| f.reference("option", &names))?;
            Ok(Asset { id: o.take("id")?.text()?, today, options })
        })
    })?;
    let names = Names::new("assets", assets.iter().map(|a| &a.id))?;
    for (asset, option, field) in open {
        let requires = field.list(|f| f.object(|o| read_requirement(o, &names, &assets)))?;
        assets[asset].options[option].requires = requires;
    }
    let options: usize = assets.iter().map(|a| a.options.len()).sum();
    if options > MAX_OPTIONS {
        return Err(o.rule(format!(
            "{options} options are more than {MAX_OPTIONS}; plan parts of the portfolio that share nothing apart"
        )));
    }
    Ok(Instance {
        teams,
        workflows,
        budget: o.maybe("budget").map(|f| f.amount(Accept::NonNegative)).transpose()?,
        frontier: o.list_or_empty("frontier", |f| f.amount(Accept::NonNegative))?,
        objective: o.maybe("objective").map_or(Ok(Objective::default()), |f| f.one_of())?,
        assets,
    })
}

fn read_limit(o: &mut Object<'_>, field: &'static str, accept: Accept) -> Result<Limit, InputError> {
    Ok(Limit { id: o.take("id")?.text()?, amount: o.take(field)?.amount(accept)? })
}

fn read_choice(o: &mut Object<'_>, teams: &Names, workflows: &Names) -> Result<Choice, InputError> {
    let kind: Kind = o.take("kind")?.one_of()?;
    let named = |field: Option<Field<'_>>, what, names: &Names| {
        let read = |name: &str, f: &Field<'_>| Ok((names.find(f.place(), what, name)?, f.amount(Accept::NonNegative)?));
        field.map_or(Ok(Vec::new()), |f| f.map(read))
    };
    let id = match o.maybe("id") {
        Some(field) => field.text()?,
        // One option of a kind needs no name of its own.
        None => serde_json::to_value(kind).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default(),
    };
    Ok(Choice {
        id,
        kind,
        value: o.amount_or("value", Accept::Any, Amount::ZERO)?,
        run_cost: o.amount_or("run_cost", Accept::NonNegative, Amount::ZERO)?,
        one_off: o.amount_or("one_off", Accept::NonNegative, Amount::ZERO)?,
        effort: named(o.maybe("effort"), "team", teams)?,
        covers: named(o.maybe("covers"), "workflow", workflows)?,
        requires: Vec::new(),
    })
}

fn read_requirement(o: &mut Object<'_>, names: &Names, assets: &[Asset]) -> Result<Requirement, InputError> {
    let asset = o.take("asset")?.reference("asset", names)?;
    let options = Names::new("options", assets[asset].options.iter().map(|c| &c.id))?;
    let options = o.take("options")?.list(|f| f.reference("option", &options))?;
    if options.is_empty() {
        return Err(o.rule("name at least one option of the asset that is needed"));
    }
    Ok(Requirement { asset, options })
}
