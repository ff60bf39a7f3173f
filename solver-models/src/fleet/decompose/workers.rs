//! The hourly programs on all cores. A model of HiGHS stays on the thread that made it, so each worker keeps its own hours.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Scope;

use super::hour::{HourBound, HourProgram};
use super::knapsack::Search;
use super::master::Commitments;
use super::prepare::Prepared;
use crate::fleet::SolveError;

/// Where to grow the hourly programs, and how far.
#[derive(Clone)]
pub(super) struct Task {
    pub at: Commitments,
    pub rounds: usize,
    pub tolerance: f64,
}

#[derive(Clone)]
enum Work {
    /// Build the programs of one's hours.
    Build,
    Improve(Task),
    Round(Commitments),
}

enum Answer {
    Built,
    Improved(Vec<(usize, HourBound)>),
    Rounded(Vec<(usize, Vec<Vec<u32>>)>),
}

/// Threads that hold the hourly programs; they end when this is dropped.
pub(super) struct Workers {
    work: Vec<Sender<Work>>,
    answers: Receiver<Result<Answer, SolveError>>,
    hours: usize,
}

fn gone() -> SolveError {
    SolveError::Solver("a worker stopped".to_owned())
}

impl Workers {
    /// Starts one worker a core within `scope`.
    pub fn start<'scope, 'env>(scope: &'scope Scope<'scope, 'env>, data: &'env Prepared) -> Self {
        let count = rayon::current_num_threads().min(data.hours).max(1);
        let (send, answers) = channel();
        let start = |worker: usize| {
            let ((give, take), send) = (channel(), send.clone());
            scope.spawn(move || run(data, (worker..data.hours).step_by(count).collect(), &take, &send));
            give
        };
        Self { work: (0..count).map(start).collect(), answers, hours: data.hours }
    }

    /// Builds every hour's program.
    pub fn build(&self) -> Result<(), SolveError> {
        self.ask(&Work::Build, |_| ())
    }

    /// Grows every hour's program and returns what each established, by hour.
    pub fn improve(&self, task: Task) -> Result<Vec<HourBound>, SolveError> {
        let mut bounds = vec![None; self.hours];
        self.ask(&Work::Improve(task), |answer| {
            if let Answer::Improved(list) = answer {
                list.into_iter().for_each(|(hour, bound)| bounds[hour] = Some(bound));
            }
        })?;
        bounds.into_iter().collect::<Option<_>>().ok_or_else(gone)
    }

    /// By hour and workload: whole patterns close to the mixtures at the commitments.
    pub fn round(&self, at: &Commitments) -> Result<Vec<Vec<Vec<u32>>>, SolveError> {
        let mut plans = vec![None; self.hours];
        self.ask(&Work::Round(at.clone()), |answer| {
            if let Answer::Rounded(list) = answer {
                list.into_iter().for_each(|(hour, patterns)| plans[hour] = Some(patterns));
            }
        })?;
        plans.into_iter().collect::<Option<_>>().ok_or_else(gone)
    }

    fn ask(&self, work: &Work, mut receive: impl FnMut(Answer)) -> Result<(), SolveError> {
        self.work.iter().try_for_each(|worker| worker.send(work.clone()).map_err(|_| gone()))?;
        for _ in &self.work {
            receive(self.answers.recv().map_err(|_| gone())??);
        }
        Ok(())
    }
}

fn run(data: &Prepared, hours: Vec<usize>, work: &Receiver<Work>, answers: &Sender<Result<Answer, SolveError>>) {
    let mut search = Search::default();
    let mut programs: Vec<HourProgram> = Vec::new();
    while let Ok(work) = work.recv() {
        if answers.send(answer(data, &hours, &mut programs, &work, &mut search)).is_err() {
            return;
        }
    }
}

fn answer(
    data: &Prepared,
    hours: &[usize],
    programs: &mut Vec<HourProgram>,
    work: &Work,
    search: &mut Search,
) -> Result<Answer, SolveError> {
    for hour in &hours[programs.len()..] {
        programs.push(HourProgram::new(data, *hour, search)?);
    }
    let programs = hours.iter().zip(programs);
    match work {
        Work::Build => Ok(Answer::Built),
        Work::Improve(task) => {
            let improve = |(hour, program): (&usize, &mut HourProgram)| Ok((*hour, program.improve(data, task, search)?));
            programs.map(improve).collect::<Result<_, _>>().map(Answer::Improved)
        }
        Work::Round(at) => {
            let round = |(hour, program): (&usize, &mut HourProgram)| Ok((*hour, program.round(data, at, search)?));
            programs.map(round).collect::<Result<_, _>>().map(Answer::Rounded)
        }
    }
}
