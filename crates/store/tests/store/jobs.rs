use chrono::{DateTime, TimeDelta, Utc};
use farthing_store::{
    Beat, Fence, JobRun, JobSchedule, NewRun, PartOfRun, Progress, RunFilter, RunId, RunState, Step, Store, StoreError,
};
use farthing_testkit::TestDatabase;

use crate::build::{self, minute};
use crate::{on_both_databases, tamper};

on_both_databases!(
    a_job_has_one_run_a_time,
    a_run_has_one_worker_and_its_subject_one_run,
    hints_that_wait_are_one_run,
    f27_a_worker_whose_lease_ran_out_commits_nothing,
    f27_an_import_whose_run_was_taken_over_publishes_nothing,
    f27_a_step_of_a_run_that_was_taken_over_publishes_nothing,
    a_run_that_is_cancelled_takes_no_effect,
    a_run_fails_for_good_after_its_last_attempt,
    f26_of_two_schedulers_one_takes_a_step,
    workers_that_claim_at_once_get_different_runs,
    runs_that_ended_long_ago_are_forgotten,
);

const LEASE: TimeDelta = TimeDelta::minutes(5);

fn run(job: &str, time: i64) -> NewRun {
    NewRun {
        id: RunId::new(minute(time)),
        job: job.to_owned(),
        kind: "work".to_owned(),
        parameters: "{}".to_owned(),
        subject: Some(format!("job/{job}")),
        hint: false,
        scheduled_at: minute(time),
        not_before: minute(time),
        asked_by: None,
        created_at: minute(time),
        most_failures: 2,
        retry_seconds: 1,
    }
}

fn fence(run: &JobRun) -> Fence {
    Fence { run: run.id, attempt: run.attempt }
}

async fn claim(store: &Store, worker: &str) -> Option<JobRun> {
    store.job_runs().claim(worker, LEASE).await.unwrap()
}

async fn lets_leases_run_out(database: &TestDatabase) {
    tamper(database, "UPDATE job_run SET lease_until = '2020-01-01T00:00:00+00:00' WHERE state = 'running'").await;
}

async fn take_back(store: &Store) -> Vec<JobRun> {
    store.job_runs().take_back(|_| TimeDelta::zero()).await.unwrap()
}

async fn a_job_has_one_run_a_time(database: &TestDatabase) {
    let store = database.store().await;
    assert!(store.job_runs().add(&run("a", 0)).await.unwrap());
    assert!(!store.job_runs().add(&run("a", 0)).await.unwrap());
    assert_eq!(store.job_runs().add_all(&[run("a", 0), run("a", 1), run("b", 0)]).await.unwrap(), 2);
    let listed =
        store.job_runs().list(&RunFilter { job: Some("a".to_owned()), limit: 10, ..RunFilter::default() }).await.unwrap();
    assert_eq!(listed.iter().map(|run| run.scheduled_at).collect::<Vec<_>>(), [minute(1), minute(0)]);
    assert_eq!(store.job_runs().counts().await.unwrap(), [(RunState::Queued, 3)]);
}

async fn a_run_has_one_worker_and_its_subject_one_run(database: &TestDatabase) {
    let store = database.store().await;
    store.job_runs().add_all(&[run("a", 0), run("a", 1), run("b", 2)]).await.unwrap();
    let first = claim(&store, "one").await.unwrap();
    assert_eq!((first.scheduled_at, first.attempt, first.state), (minute(0), 1, RunState::Running));
    // The next of the same job waits until this one has ended.
    let other = claim(&store, "two").await.unwrap();
    assert_eq!(other.job, "b");
    assert_eq!(claim(&store, "three").await, None);
    let progress = Progress { done: 3, total: 10, doing: Some("reading".to_owned()) };
    assert_eq!(store.job_runs().beat(fence(&first), LEASE, &progress).await.unwrap(), Beat::Goes);
    assert_eq!(store.job_runs().get(first.id).await.unwrap().progress, progress);
    store.job_runs().end(fence(&first), "done", Some("{\"rows\": 3}")).await.unwrap();
    let ended = store.job_runs().get(first.id).await.unwrap();
    assert_eq!((ended.state, ended.message.as_deref(), ended.lease_until), (RunState::Done, Some("done"), None));
    assert_eq!(claim(&store, "three").await.unwrap().scheduled_at, minute(1));
    let again = store.job_runs().end(fence(&first), "done", None).await.unwrap_err();
    assert!(matches!(again, StoreError::LeaseLost { attempt: 1, .. }), "{again}");
}

async fn hints_that_wait_are_one_run(database: &TestDatabase) {
    let store = database.store().await;
    let hint = |time| NewRun { subject: Some("statement/2026-05".to_owned()), hint: true, ..run("statement", time) };
    assert_eq!(store.job_runs().add_all(&[hint(0), hint(1), hint(2)]).await.unwrap(), 1);
    let running = claim(&store, "one").await.unwrap();
    // What became dirty after the work began is work for another run.
    assert!(store.job_runs().add(&hint(3)).await.unwrap());
    assert!(!store.job_runs().add(&hint(4)).await.unwrap());
    assert_eq!(claim(&store, "two").await, None);
    // Given back, it would wait beside the other for the same: it ends instead.
    assert!(store.job_runs().release(fence(&running), "the worker ends").await.unwrap());
    assert_eq!(store.job_runs().get(running.id).await.unwrap().state, RunState::Cancelled);
    let next = claim(&store, "two").await.unwrap();
    assert_eq!(next.scheduled_at, minute(3));
    assert!(store.job_runs().add(&hint(5)).await.unwrap());
    lets_leases_run_out(database).await;
    take_back(&store).await;
    assert_eq!(store.job_runs().get(next.id).await.unwrap().state, RunState::Cancelled);
    assert_eq!(store.job_runs().counts().await.unwrap(), [(RunState::Cancelled, 2), (RunState::Queued, 1)]);
}

async fn f27_a_worker_whose_lease_ran_out_commits_nothing(database: &TestDatabase) {
    let store = database.store().await;
    store.job_runs().add(&run("a", 0)).await.unwrap();
    let sleeper = claim(&store, "sleeper").await.unwrap();
    lets_leases_run_out(database).await;
    // Nobody has taken it yet, and still: it is over.
    let refused = store.job_runs().end(fence(&sleeper), "done", None).await.unwrap_err();
    assert!(matches!(refused, StoreError::LeaseLost { .. }), "{refused}");
    assert_eq!(store.job_runs().beat(fence(&sleeper), LEASE, &Progress::default()).await.unwrap(), Beat::Lost);
    assert_eq!(take_back(&store).await.len(), 1);
    assert_eq!(take_back(&store).await.len(), 0);
    let taken = claim(&store, "other").await.unwrap();
    assert_eq!((taken.id, taken.attempt, taken.failures), (sleeper.id, 2, 1));
    // The sleeper wakes up while the other is at work.
    for late in [
        store.job_runs().fail(fence(&sleeper), 1, "late", None).await.unwrap(),
        store.job_runs().release(fence(&sleeper), "late").await.unwrap(),
        store.job_runs().stopped(fence(&sleeper), "late").await.unwrap(),
    ] {
        assert!(!late);
    }
    store.job_runs().end(fence(&sleeper), "late", None).await.unwrap_err();
    store.job_runs().end(fence(&taken), "done by the other", None).await.unwrap();
    assert_eq!(store.job_runs().get(taken.id).await.unwrap().message.as_deref(), Some("done by the other"));
}

async fn f27_an_import_whose_run_was_taken_over_publishes_nothing(database: &TestDatabase) {
    let store = database.store().await;
    store.job_runs().add(&run("a", 0)).await.unwrap();
    let sleeper = claim(&store, "sleeper").await.unwrap();
    let import = build::begin(&store, minute(1)).await;
    let mut publication = build::publication(import, vec![build::revision("one", "1.5", None)], minute(2));
    publication.run = Some(PartOfRun::Whole(fence(&sleeper)));
    lets_leases_run_out(database).await;
    let refused = store.revisions().publish(&publication).await.unwrap_err();
    assert!(matches!(refused, StoreError::LeaseLost { .. }), "{refused}");
    assert_eq!(store.revisions().active(&Default::default()).await.unwrap(), []);
    take_back(&store).await;
    let taken = claim(&store, "other").await.unwrap();
    publication.run = Some(PartOfRun::Whole(fence(&taken)));
    store.revisions().publish(&publication).await.unwrap();
    // One transaction: what is visible and the end of the run.
    assert_eq!(store.job_runs().get(taken.id).await.unwrap().state, RunState::Done);
    assert_eq!(store.revisions().active(&Default::default()).await.unwrap().len(), 1);
}

async fn f27_a_step_of_a_run_that_was_taken_over_publishes_nothing(database: &TestDatabase) {
    let store = database.store().await;
    store.job_runs().add(&run("a", 0)).await.unwrap();
    let sleeper = claim(&store, "sleeper").await.unwrap();
    let first = build::begin(&store, minute(1)).await;
    let mut publication = build::publication(first, vec![build::revision("one", "1.5", None)], minute(2));
    publication.run = Some(PartOfRun::Step(fence(&sleeper)));
    store.revisions().publish(&publication).await.unwrap();
    let held = store.job_runs().get(sleeper.id).await.unwrap();
    assert_eq!(held.state, RunState::Running, "the run goes on");
    lets_leases_run_out(database).await;
    let second = build::begin(&store, minute(3)).await;
    let mut publication = build::publication(second, vec![build::revision("two", "2.5", None)], minute(4));
    publication.run = Some(PartOfRun::Step(fence(&sleeper)));
    let refused = store.revisions().publish(&publication).await.unwrap_err();
    assert!(matches!(refused, StoreError::LeaseLost { .. }), "{refused}");
    assert_eq!(store.revisions().active(&Default::default()).await.unwrap().len(), 1);
}

async fn a_run_that_is_cancelled_takes_no_effect(database: &TestDatabase) {
    let store = database.store().await;
    store.job_runs().add_all(&[run("a", 0), run("b", 1)]).await.unwrap();
    let running = claim(&store, "one").await.unwrap();
    let asked = store.job_runs().cancel(running.id, "cancelled by ada").await.unwrap();
    assert_eq!((asked.state, asked.cancel_asked), (RunState::Running, true));
    assert_eq!(store.job_runs().beat(fence(&running), LEASE, &Progress::default()).await.unwrap(), Beat::CancelAsked);
    store.job_runs().end(fence(&running), "done", None).await.unwrap_err();
    assert!(store.job_runs().stopped(fence(&running), "stopped").await.unwrap());
    let waiting =
        store.job_runs().list(&RunFilter { state: Some(RunState::Queued), limit: 9, ..RunFilter::default() }).await.unwrap();
    let cancelled = store.job_runs().cancel(waiting[0].id, "cancelled by ada").await.unwrap();
    assert_eq!((cancelled.state, cancelled.message.as_deref()), (RunState::Cancelled, Some("cancelled by ada")));
    assert_eq!(claim(&store, "one").await, None);
    // What has ended stays as it is.
    assert_eq!(store.job_runs().cancel(running.id, "again").await.unwrap().message.as_deref(), Some("stopped"));
}

async fn a_run_fails_for_good_after_its_last_attempt(database: &TestDatabase) {
    let store = database.store().await;
    store.job_runs().add(&run("a", 0)).await.unwrap();
    let first = claim(&store, "one").await.unwrap();
    assert!(store.job_runs().fail(fence(&first), 1, "no answer", Some(TimeDelta::hours(1))).await.unwrap());
    assert_eq!(claim(&store, "one").await, None, "it waits");
    tamper(database, "UPDATE job_run SET not_before = '2020-01-01T00:00:00+00:00'").await;
    let second = claim(&store, "one").await.unwrap();
    assert_eq!((second.attempt, second.failures, second.message.as_deref()), (2, 1, Some("no answer")));
    lets_leases_run_out(database).await;
    take_back(&store).await;
    let dead = store.job_runs().get(second.id).await.unwrap();
    assert_eq!((dead.state, dead.failures), (RunState::Failed, 2));
    assert_eq!(dead.message.as_deref(), Some("the worker one stopped answering"));
    assert_eq!(store.job_runs().last(&[RunState::Failed]).await.unwrap(), [dead]);
}

async fn f26_of_two_schedulers_one_takes_a_step(database: &TestDatabase) {
    let store = database.store().await;
    let schedule = JobSchedule {
        name: "a".to_owned(),
        definition: "{}".to_owned(),
        next_at: Some(minute(5)),
        seen_at: minute(0),
        missed: 0,
    };
    store.job_schedules().replace(std::slice::from_ref(&schedule)).await.unwrap();
    assert_eq!(store.job_schedules().due(minute(4), 9).await.unwrap(), []);
    assert_eq!(store.job_schedules().due(minute(5), 9).await.unwrap(), std::slice::from_ref(&schedule));
    // Where the clock was set back before the last look, it is looked at again.
    assert_eq!(store.job_schedules().due(minute(-1), 9).await.unwrap(), std::slice::from_ref(&schedule));
    let step = Step { from: schedule, next_at: Some(minute(10)), seen_at: minute(5), missed: 2, runs: vec![run("a", 5)] };
    let steps = [step];
    let at_once = |_| {
        let (store, steps) = (store.clone(), steps.clone());
        tokio::spawn(async move { store.job_schedules().step(&steps).await.unwrap() })
    };
    let mut added = 0;
    for scheduler in (0..8).map(at_once).collect::<Vec<_>>() {
        added += scheduler.await.unwrap();
    }
    assert_eq!(added, 1);
    let moved = &store.job_schedules().all().await.unwrap()[0];
    assert_eq!((moved.next_at, moved.seen_at, moved.missed), (Some(minute(10)), minute(5), 2));
    assert_eq!(store.job_schedules().next().await.unwrap(), Some(minute(10)));
}

async fn workers_that_claim_at_once_get_different_runs(database: &TestDatabase) {
    let store = database.store().await;
    let runs: Vec<NewRun> = (0..40).map(|number| run(&format!("job {}", number % 10), number)).collect();
    store.job_runs().add_all(&runs).await.unwrap();
    let worker = |name: usize| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut taken = Vec::new();
            loop {
                match store.job_runs().claim(&name.to_string(), LEASE).await {
                    Ok(Some(run)) => {
                        taken.push(run.id);
                        store.job_runs().end(fence(&run), "done", None).await.unwrap();
                    }
                    Ok(None) if store.job_runs().counts().await.unwrap() == [(RunState::Done, 40)] => return taken,
                    Ok(None) | Err(StoreError::Conflict { .. }) => tokio::task::yield_now().await,
                    Err(error) => panic!("{error}"),
                }
            }
        })
    };
    let mut taken = Vec::new();
    for worker in (0..4).map(worker).collect::<Vec<_>>() {
        taken.extend(worker.await.unwrap());
    }
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), 40);
}

async fn runs_that_ended_long_ago_are_forgotten(database: &TestDatabase) {
    let store = database.store().await;
    store.job_runs().add_all(&[run("a", 0), run("b", 1), run("c", 2)]).await.unwrap();
    let done = claim(&store, "one").await.unwrap();
    store.job_runs().end(fence(&done), "done", None).await.unwrap();
    claim(&store, "one").await.unwrap();
    let tomorrow: DateTime<Utc> = store.now().await.unwrap() + TimeDelta::days(1);
    assert_eq!(store.job_runs().forget(tomorrow).await.unwrap(), 1);
    assert_eq!(store.job_runs().counts().await.unwrap(), [(RunState::Queued, 1), (RunState::Running, 1)]);
}
