//! The models beside the fleet, and instances of them. Solving one needs no home.

use farthing_optimizer::program::{Limits, Program, ProgramError};
use farthing_optimizer::{Proof, commitments, contracts, input, portfolio, routing, storage};
use farthing_store::PlanKind;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Error;

/// Which model an instance is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// Reservations, spend plans and provisioned capacity.
    Commitments,
    /// Contracts and licences.
    Contracts,
    /// Storage classes over time.
    Storage,
    /// What becomes of every automation.
    Portfolio,
    /// Shares of decisions by model, size and person.
    Routing,
}

impl Model {
    /// The model of this name: `storage`.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Commitments, Self::Contracts, Self::Storage, Self::Portfolio, Self::Routing];
        all.into_iter().find(|model| model.name() == name)
    }

    /// What its plans are kept as.
    pub(crate) fn kind(self) -> PlanKind {
        match self {
            Self::Commitments => PlanKind::Commitments,
            Self::Contracts => PlanKind::Contracts,
            Self::Storage => PlanKind::Storage,
            Self::Portfolio => PlanKind::Portfolio,
            Self::Routing => PlanKind::Routing,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Commitments => "commitments",
            Self::Contracts => "contracts",
            Self::Storage => "storage",
            Self::Portfolio => "portfolio",
            Self::Routing => "routing",
        }
    }
}

/// The plan of a model.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelPlan {
    /// Name and version of the model.
    pub model: &'static str,
    /// The solver behind it.
    pub solver: &'static str,
    /// The plan.
    #[serde(flatten)]
    pub plan: Planned,
}

/// A plan by model.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = PlanOfModel)]
pub enum Planned {
    /// See [`commitments`].
    Commitments(commitments::Outcome),
    /// See [`contracts`].
    Contracts(contracts::Outcome),
    /// See [`storage`].
    Storage(storage::Outcome),
    /// See [`portfolio`].
    Portfolio(portfolio::Outcome),
    /// See [`routing`].
    Routing(routing::Outcome),
}

impl Planned {
    /// Status, exact objective, bound and gap.
    pub fn proof(&self) -> &Proof {
        match self {
            Self::Commitments(plan) => &plan.proof,
            Self::Contracts(plan) => &plan.proof,
            Self::Storage(plan) => &plan.proof,
            Self::Portfolio(plan) => &plan.proof,
            Self::Routing(plan) => &plan.proof,
        }
    }
}

/// An instance of one of the models, read and checked.
pub enum ModelInstance {
    /// See [`commitments`].
    Commitments(commitments::Instance),
    /// See [`contracts`].
    Contracts(contracts::Instance),
    /// See [`storage`].
    Storage(storage::Instance),
    /// See [`portfolio`].
    Portfolio(portfolio::Instance),
    /// See [`routing`].
    Routing(routing::Instance),
}

impl ModelInstance {
    /// Reads an instance; `name` is the file's, for errors.
    ///
    /// # Errors
    /// When it is none; the error names the field and what to do.
    pub fn read(model: Model, text: &str, name: &str) -> Result<Self, Error> {
        let read = || -> Result<Self, input::InputError> {
            Ok(match model {
                Model::Commitments => Self::Commitments(commitments::Instance::from_json(text)?),
                Model::Contracts => Self::Contracts(contracts::Instance::from_json(text)?),
                Model::Storage => Self::Storage(storage::Instance::from_json(text)?),
                Model::Portfolio => Self::Portfolio(portfolio::Instance::from_json(text)?),
                Model::Routing => Self::Routing(routing::Instance::from_json(text)?),
            })
        };
        read().map_err(|error| Error::Invalid(format!("{name}: {error}")))
    }

    /// The program behind it, for other solvers.
    pub fn program(&self) -> Program {
        match self {
            Self::Commitments(instance) => commitments::program(instance),
            Self::Contracts(instance) => contracts::program(instance),
            Self::Storage(instance) => storage::program(instance),
            Self::Portfolio(instance) => portfolio::program(instance),
            Self::Routing(instance) => routing::program(instance),
        }
    }

    /// Solves it. An infeasible instance is an answer that says what to relax.
    ///
    /// # Errors
    /// When the solver fails, or finds nothing in time.
    pub fn solve(&self, limits: &Limits, name: &str) -> Result<ModelPlan, Error> {
        let solve = || -> Result<(&'static str, Planned), ProgramError> {
            Ok(match self {
                Self::Commitments(instance) => (commitments::MODEL, Planned::Commitments(commitments::solve(instance, limits)?)),
                Self::Contracts(instance) => (contracts::MODEL, Planned::Contracts(contracts::solve(instance, limits)?)),
                Self::Storage(instance) => (storage::MODEL, Planned::Storage(storage::solve(instance, limits)?)),
                Self::Portfolio(instance) => (portfolio::MODEL, Planned::Portfolio(portfolio::solve(instance, limits)?)),
                Self::Routing(instance) => (routing::MODEL, Planned::Routing(routing::solve(instance, limits)?)),
            })
        };
        let (model, plan) = solve().map_err(|error| Error::Invalid(format!("{name}: {error}")))?;
        Ok(ModelPlan { model, solver: farthing_optimizer::fleet::SOLVER, plan })
    }
}
