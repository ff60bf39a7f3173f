//! Does the work of runs. What takes effect does so in the transaction that ends the run, where it is an import or a plan; what looks
//! after the lake is the same however often it is done, and guards each of its steps by itself.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use camino::Utf8PathBuf;
use chrono::TimeDelta;
use farthing_collectors::decode::Content;
use farthing_jobs::{Answer, Executor, Failure, Running};
use farthing_store::{JobRun, PartOfRun};
use farthing_types::BillingPeriod;
use serde::Serialize;

use super::Work;
use super::work::{
    AgeWork, BillsWork, CheckImportWork, CheckSourceWork, CloseWork, CollectWork, EventLogWork, ExportWork, FilesWork, KeepWork,
    LakeWork, LimitsWork, PlanAllWork, SampleWork, SimulateWork, SolveWork, UsageWork, VerifyWork, in_month, in_months,
    usage_format,
};
use crate::home::blocking;
use crate::{
    BillFormat, Checked, ClosedPeriods, DeliveryPolicy, Error, EventLogForm, ExportFocus, Farthing, GatheredBills, ImportBilling,
    ImportDecisions, ImportEventLog, ImportReport, ImportUsage, Kind, MEASURED_GAP, Model, ModelInstance, PartReport,
    PlanAllQuery, ProgramLimits, Progress, QualityQuery, Reading, SimulationRequest, SolveLimits, VerifyAudit, VerifyLake,
    Verifying, read_fleet_instance, simulate_plan, solve_fleet_instance,
};

/// How long a request to stop, or progress, may go unnoticed.
const GLANCE: Duration = Duration::from_millis(100);

#[async_trait::async_trait]
impl Executor for Farthing {
    async fn execute(&self, run: &JobRun, running: Running) -> Result<Answer, Failure> {
        let with = serde_json::from_str(&run.parameters).unwrap_or_default();
        let work = Work::read(&run.kind, &with).map_err(failure)?;
        let part = if work.has_steps() { PartOfRun::Step(running.fence) } else { PartOfRun::Whole(running.fence) };
        // What somebody asked for is theirs: a plan is not approved by whoever had it made.
        let farthing = self.in_run(part, &run.job);
        let farthing = run.asked_by.as_deref().map_or(farthing.clone(), |by| farthing.acting_as(by));
        let runtime = tokio::runtime::Handle::current();
        // The compiler cannot show that what imports await may move between threads (rust-lang/rust#102211): it stays on one.
        blocking(move || runtime.block_on(farthing.work(work, &running))).await.map_err(failure)
    }
}

/// What is wrong with the files or the request is wrong the next time as well; the rest may pass.
fn failure(error: Error) -> Failure {
    let may_pass = matches!(error.kind(), Kind::Conflict | Kind::Stale | Kind::Failed);
    Failure { message: error.to_string(), may_pass }
}

fn said(message: String) -> Answer {
    Answer { message, result: None }
}

fn answered(message: String, result: &impl Serialize) -> Result<Answer, Error> {
    let result = serde_json::to_string(result).map_err(|error| Error::Panicked(error.to_string()))?;
    Ok(Answer { message, result: Some(result) })
}

impl Farthing {
    async fn work(&self, work: Work, running: &Running) -> Result<Answer, Error> {
        match work {
            Work::ImportBilling(work) => self.bills_work(work, running).await,
            Work::ImportUsage(work) => self.usage_work(work, running).await,
            Work::ImportDecisions(FilesWork { source, paths }) => {
                let followed = Followed::by(running);
                let request = ImportDecisions { paths: paths.clone(), source };
                let report = self.import_decisions(&request, followed.reading.clone()).await?;
                self.forget_uploads(&paths);
                imported(report)
            }
            Work::CheckImport(work) => self.check_work(work, running).await,
            Work::CheckSource(CheckSourceWork { source, sources }) => {
                running.progress(0, 1, Some(format!("asking {source}")));
                let checked = self.check_source(&source, &sources).await?;
                answered(checked.summary(), &checked)
            }
            Work::LoadSample(SampleWork { charges }) => {
                let running = running.clone();
                let told = move |what: &str, done, of| {
                    running.progress(done, of, Some(what.to_owned()));
                    !running.is_stopped()
                };
                Ok(said(self.load_sample(charges, Arc::new(told)).await?))
            }
            Work::ImportEventLog(EventLogWork { source, paths, format, mapping, offset, time_format }) => {
                let followed = Followed::by(running);
                let form = EventLogForm { format, mapping, offset, time_format };
                imported(self.import_event_log(&ImportEventLog { paths, source, form }, followed.reading.clone()).await?)
            }
            Work::ExportFocus(work) => self.export_work(work, running).await,
            Work::Collect(CollectWork { source }) => {
                let report = self.collect(&source, None).await?;
                match report.parts.iter().find_map(PartReport::problem) {
                    Some((problem, _)) => Err(Error::Partly(problem.to_owned())),
                    None => answered(report.summary(), &report),
                }
            }
            Work::PlanFleet(work) => self.plan_work(&work, running).await,
            Work::Solve(work) => solve_work(work, running).await,
            Work::PlanModel(work) => {
                let limits = ProgramLimits {
                    time_limit: Duration::from_secs(work.time_limit_seconds),
                    gap: MEASURED_GAP,
                    ..ProgramLimits::default()
                };
                let model =
                    Model::named(&work.model).ok_or_else(|| Error::Invalid(format!("there is no model {}", work.model)))?;
                running.progress(0, 1, Some("planned from the facts".to_owned()));
                answered("The plan is the result.".to_owned(), &self.plan_model(model, work.period, limits).await?)
            }
            Work::PlanAll(PlanAllWork { period, budget, time_limit_seconds }) => {
                let query = PlanAllQuery { period, budget, time_limit: Duration::from_secs(time_limit_seconds) };
                running.progress(0, 1, Some("each step planned for what those before leave".to_owned()));
                answered("The plan is the result.".to_owned(), &self.plan_all(&query).await?)
            }
            Work::Simulate(SimulateWork { request }) => {
                let query = SimulationRequest::read(&request)?.query()?;
                running.progress(0, 1, Some("replayed".to_owned()));
                answered("What was found is the result.".to_owned(), &blocking(move || simulate_plan(query)).await?)
            }
            Work::ClosePeriod(CloseWork { period, source, reason, by }) => {
                running.progress(0, 1, Some("closed and certified".to_owned()));
                let change = self.close_period(period, source.as_ref(), &reason, &by).await?;
                answered(format!("{period} is closed."), &change)
            }
            Work::KeepStatements(KeepWork { period }) => {
                let kept = self.keep_statements(period).await?;
                Ok(said(format!("{kept} statements of {period} were computed.")))
            }
            Work::CheckQuality(_) => {
                let report = self.quality(&QualityQuery { newest: true, ..QualityQuery::default() }).await?;
                let breaches: Vec<_> = report.breaches().collect();
                let message = match breaches.len() {
                    0 => "Nothing is below the SLA.".to_owned(),
                    below => format!("{below} figures are below the SLA; `farthing status --quality` shows them."),
                };
                answered(message, &breaches)
            }
            Work::VerifyLake(VerifyWork { source, period, deep, report }) => {
                let query = VerifyLake { source, period, deep };
                let found = self.verify_lake(&query, Arc::new(Verifying::default())).await?;
                let summary = format!("{} revisions, {} files", found.revisions, found.files);
                if report {
                    return answered(format!("{summary}, {} differences from the catalogue.", found.differences.len()), &found);
                }
                if !found.sound() {
                    let first = serde_json::to_string(&found.differences[0]).unwrap_or_default();
                    let (count, next) = (found.differences.len(), "`farthing lake verify` shows all");
                    return Err(Error::Invalid(format!("{count} differences from the catalogue, the first: {first}; {next}")));
                }
                Ok(said(format!("{summary}, all as the catalogue says.")))
            }
            Work::CompactLake(LakeWork { source, period }) => {
                let done = self.compact_lake(source, period, true).await?;
                Ok(said(format!("{} revisions were cut anew.", done.len())))
            }
            Work::RetainLake(_) => {
                let done = self.retain_lake(true).await?;
                let (retired, archived) = (done.bytes_retired, done.bytes_archived);
                Ok(said(format!("{retired} bytes were retired and {archived} archived.")))
            }
            Work::RetainPeople(_) => {
                let done = self.retain_people(true).await?;
                let rows: u64 = done.revisions.iter().map(|one| one.rows).sum();
                let held: u64 = done.revisions.iter().map(|one| one.held).sum();
                Ok(said(format!("{rows} rows about people were cleared or deleted, {held} are held.")))
            }
            Work::SweepLake(AgeWork { older_than_days }) => {
                let done = self.sweep_lake(TimeDelta::days(older_than_days.into()), true).await?;
                Ok(said(format!("{} folders were removed, {} bytes.", done.removed.len(), done.bytes_removed)))
            }
            Work::VerifyAudit(_) => {
                let report = self.verify_audit(&VerifyAudit::default()).await?;
                match report.verification.problems.first() {
                    None => Ok(said(report.summary())),
                    Some(first) => Err(Error::Invalid(format!("{first}; `farthing audit verify` says all"))),
                }
            }
            Work::FollowRecommendations(_) => Ok(said(self.follow_recommendations().await?)),
            Work::FindAlerts(_) => Ok(said(self.find_alerts(running.fence).await?)),
            Work::SendAlerts(_) => Ok(said(self.send_alerts(running).await?)),
            Work::ForgetRuns(AgeWork { older_than_days }) => {
                let before = self.store.now().await? - TimeDelta::days(older_than_days.into());
                Ok(said(format!("{} runs were forgotten.", self.store.job_runs().forget(before).await?)))
            }
        }
    }

    async fn bills_work(&self, work: BillsWork, running: &Running) -> Result<Answer, Error> {
        let BillsWork { source, paths, format, only_new, adjust_closed } = work;
        let format = BillFormat::named(&format).map_err(|error| Error::Invalid(error.to_string()))?;
        let closed = if adjust_closed { ClosedPeriods::Adjust } else { ClosedPeriods::Refuse };
        let policy = DeliveryPolicy { closed, only_new, ..DeliveryPolicy::default() };
        let followed = Followed::by(running);
        let gathered = self.gather_bills(&paths, followed.reading.clone()).await?;
        let total = gathered.files().iter().map(|file| file.bytes).sum();
        followed.reading.bytes.store(0, Ordering::Relaxed);
        followed.reading.expected.store(total, Ordering::Relaxed);
        let report = self.import_billing(&ImportBilling { source, format, policy }, gathered, followed.reading.clone()).await?;
        self.forget_uploads(&paths);
        imported(report)
    }

    async fn export_work(&self, work: ExportWork, running: &Running) -> Result<Answer, Error> {
        let ExportWork { folder, period, source, focus_version, form, allocated } = work;
        let period = match period {
            Some(period) => period,
            None => BillingPeriod::of(self.now()).ok_or_else(|| Error::Panicked("no month has this day".to_owned()))?.previous(),
        };
        running.progress(0, 1, Some(format!("{period} written")));
        let folder = in_month(&folder, period);
        let request = ExportFocus { version: focus_version, period, source, folder, form, allocated };
        let export = self.export_focus(&request).await?;
        answered(format!("{} files of {period} are in {}.", export.files.len(), request.folder), &export)
    }

    async fn usage_work(&self, work: UsageWork, running: &Running) -> Result<Answer, Error> {
        let format = usage_format(&work).ok_or_else(|| Error::Invalid(format!("there is no format {:?}", work.format)))?;
        let followed = Followed::by(running);
        let gathered = self.gather_months(&work.paths, &followed.reading).await?;
        let total = gathered.files().iter().map(|file| file.bytes).sum();
        followed.reading.bytes.store(0, Ordering::Relaxed);
        followed.reading.expected.store(total, Ordering::Relaxed);
        let request = ImportUsage { source: work.source, format };
        let report = self.import_usage(&request, gathered, followed.reading.clone()).await?;
        self.forget_uploads(&work.paths);
        imported(report)
    }

    /// What an import would bring.
    async fn check_work(&self, CheckImportWork { kind, with }: CheckImportWork, running: &Running) -> Result<Answer, Error> {
        let followed = Followed::by(running);
        let reading = || followed.reading.clone();
        let (source, content, gathered) = match Work::read(&kind, &with)? {
            Work::ImportBilling(BillsWork { source, paths, format, .. }) => {
                let format = BillFormat::named(&format).map_err(|error| Error::Invalid(error.to_string()))?;
                (source, Content::Charges { format, each_row_once: true }, self.gather_bills(&paths, reading()).await?)
            }
            Work::ImportUsage(work) => {
                let format =
                    usage_format(&work).ok_or_else(|| Error::Invalid(format!("there is no format {:?}", work.format)))?;
                let gathered = self.gather_months(&work.paths, &followed.reading).await?;
                (work.source.clone(), Content::Usage { format, source: work.source }, gathered)
            }
            Work::ImportDecisions(FilesWork { source, paths }) => {
                (source, Content::Decisions, GatheredBills::of(self.event_files(&paths, "decision")?))
            }
            _ => return Err(Error::Invalid(format!("{kind} is no import of files"))),
        };
        followed.reading.bytes.store(0, Ordering::Relaxed);
        followed.reading.expected.store(gathered.files().iter().map(|file| file.bytes).sum(), Ordering::Relaxed);
        let found = self.look_into(&source, content, gathered.files().to_vec(), reading()).await?;
        let checked = Checked { imports: vec![found], ..Checked::default() };
        answered(checked.summary(), &checked)
    }

    /// The files of the months that paths stand for. Of two a month may have none: it has just begun.
    async fn gather_months(&self, paths: &[Utf8PathBuf], reading: &Arc<Reading>) -> Result<GatheredBills, Error> {
        let (mut gathered, mut failed): (Option<GatheredBills>, _) = (None, None);
        for paths in in_months(paths, self.now()) {
            match self.gather_usage(&paths, reading.clone()).await {
                Ok(more) => gathered.get_or_insert_default().extend(more),
                Err(error) => failed = Some(error),
            }
        }
        match (gathered, failed) {
            (Some(gathered), None) => Ok(gathered),
            (Some(gathered), Some(error)) if !reading.cancelled.load(Ordering::Relaxed) => {
                tracing::warn!("a month of usage is left out this time: {error}");
                Ok(gathered)
            }
            (_, Some(error)) => Err(error),
            (None, None) => Ok(GatheredBills::default()),
        }
    }

    async fn plan_work(&self, work: &LimitsWork, running: &Running) -> Result<Answer, Error> {
        let limits =
            SolveLimits { time_limit: Duration::from_secs(work.time_limit_seconds), gap: work.gap, ..SolveLimits::default() };
        let (running, most) = (running.clone(), work.time_limit_seconds);
        let planned = self.plan_fleet(limits, work.explain, move |progress| follow(&running, most, &progress)).await?;
        let kept = planned.id.unwrap_or_default();
        Ok(said(format!("Plan {kept}.")))
    }
}

fn imported(report: ImportReport) -> Result<Answer, Error> {
    Ok(said(report.message))
}

/// Tells a run how far a solver is, and a solver that its run is to stop.
fn follow(running: &Running, most_seconds: u64, progress: &Progress) -> ControlFlow<()> {
    let gap = progress.gap().map_or(String::new(), |gap| format!(", gap {:.2} %", gap * 100.0));
    running.progress(progress.seconds as u64, most_seconds, Some(format!("{}{gap}", progress.phase)));
    if running.is_stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

async fn solve_work(work: SolveWork, running: &Running) -> Result<Answer, Error> {
    let (running, (send, receive)) = (running.clone(), tokio::sync::oneshot::channel());
    let solve = move || {
        // The solver keeps a scheduler a thread: it gets a thread of its own. Nobody waiting any more means that the run is over.
        let _ = send.send(solved(&work, &running));
    };
    std::thread::Builder::new().name("solver".into()).spawn(solve).map_err(|error| Error::Panicked(error.to_string()))?;
    receive.await.map_err(|_| Error::Panicked("the solver's thread ended".into()))?
}

fn solved(work: &SolveWork, running: &Running) -> Result<Answer, Error> {
    let text = work.instance.as_str().map_or_else(|| work.instance.to_string(), str::to_owned);
    let (name, time_limit) = ("the instance", Duration::from_secs(work.time_limit_seconds));
    match Model::named(&work.model) {
        None => {
            let limits = SolveLimits { time_limit, gap: work.gap, rounds: work.rounds };
            let most = work.time_limit_seconds;
            let instance = read_fleet_instance(&text, name)?;
            let plan = solve_fleet_instance(&instance, name, &limits, false, &mut |progress| follow(running, most, &progress))?;
            if running.is_stopped() {
                return Err(Error::Invalid("the search was stopped".to_owned()));
            }
            answered("The plan is the result.".to_owned(), &plan)
        }
        Some(model) => {
            let limits = ProgramLimits { time_limit, gap: work.gap, ..ProgramLimits::default() };
            let plan = ModelInstance::read(model, &text, name)?.solve(&limits, name)?;
            answered("The plan is the result.".to_owned(), &plan)
        }
    }
}

/// A reading of files that a run follows: its progress is the run's, and it stops with the run.
struct Followed {
    reading: Arc<Reading>,
    following: tokio::task::JoinHandle<()>,
}

impl Followed {
    fn by(running: &Running) -> Self {
        let reading = Arc::new(Reading::default());
        let (seen, running) = (reading.clone(), running.clone());
        let following = tokio::spawn(async move {
            let mut tick = tokio::time::interval(GLANCE);
            loop {
                tick.tick().await;
                let (bytes, rows) = (seen.bytes.load(Ordering::Relaxed), seen.rows.load(Ordering::Relaxed));
                running.progress(bytes, seen.expected.load(Ordering::Relaxed), Some(format!("bytes read, {rows} rows")));
                if running.is_stopped() {
                    seen.cancelled.store(true, Ordering::Relaxed);
                }
            }
        });
        Self { reading, following }
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.following.abort();
    }
}
