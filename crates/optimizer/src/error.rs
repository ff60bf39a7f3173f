use farthing_simulator::SizingError;
use farthing_simulator::twin::ScenarioError;
use farthing_solver_models::fleet::SolveError;
use farthing_solver_models::input::InputError;
use farthing_types::WorkloadId;

/// Why there is no plan. Each names the workload, the type and the field, and the next step.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The profile is not readable.
    #[error("fleet profile: {0}")]
    Toml(String),
    /// The profile is of another version.
    #[error("fleet profile: version {0} is not known; this program reads version 1")]
    Version(u32),
    /// A field of the profile is not acceptable.
    #[error("fleet profile: {place}: {message}")]
    Field {
        /// Workload or type and field.
        place: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// There is no demand for a workload of the profile.
    #[error("workload {0}: there is no demand for it; import its usage, or take it out of the fleet profile")]
    NoDemand(WorkloadId),
    /// A demand that is no such thing.
    #[error("workload {workload}: demand in hour {hour} is {value}; it must be a finite number of at least 0")]
    NotADemand {
        /// The workload.
        workload: WorkloadId,
        /// Hour of the week.
        hour: usize,
        /// The value.
        value: f64,
    },
    /// Not one demand for each hour.
    #[error("workload {workload}: demand has {found} hours and the others have {expected}")]
    DemandLength {
        /// The workload.
        workload: WorkloadId,
        /// Hours given.
        found: usize,
        /// Hours expected.
        expected: usize,
    },
    /// Tokens are neither in the profile nor measured.
    #[error(
        "workload {0}: the request size is not known; import usage with tokens, or set input_tokens and output_tokens in the fleet profile"
    )]
    NoTokens(WorkloadId),
    /// A service profile that the queueing model refuses.
    #[error("workload {workload}, type {type_id}: {source}")]
    Sizing {
        /// The workload.
        workload: WorkloadId,
        /// The type.
        type_id: String,
        /// What is wrong.
        source: SizingError,
    },
    /// No type keeps the promise.
    #[error(
        "workload {workload}: no instance type keeps its service level ({reasons}); relax the service level or add a type with a service profile"
    )]
    NoUsableType {
        /// The workload.
        workload: WorkloadId,
        /// Why each was left out.
        reasons: String,
    },
    /// The instance that follows from the profile is not acceptable.
    #[error(transparent)]
    Instance(#[from] InputError),
    /// The solver gave no answer.
    #[error(transparent)]
    Solve(#[from] SolveError),
    /// The plan cannot be replayed.
    #[error("the plan cannot be replayed: {0}")]
    Replay(ScenarioError),
    /// Today's deployment cannot be priced.
    #[error("today's deployment cannot be priced: {0}")]
    Today(String),
}
