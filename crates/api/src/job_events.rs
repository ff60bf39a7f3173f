//! What happens to a run, told as it happens: server-sent events (WHATWG HTML, section 9.2).
//!
//! An event is the run's state, and its id the digest of that state: whoever was cut off says the last that they have, and gets the next that
//! differs, from whatever process answers. So none has to be kept, and nobody who reads slowly holds more than one.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use farthing_application::{Digest, JobReport};
use futures::stream;
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::Problem;
use crate::auth::Acting;
use crate::state::Api;

/// Those who may listen at once.
pub(crate) const MOST_LISTENERS: usize = 64;
/// How often the run is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How often somebody who hears of nothing is told that the line stands.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long one answer lasts: who listens longer asks again, and shows again who they are.
const LONGEST: Duration = Duration::from_secs(300);
/// After how long browsers ask again.
const AGAIN: Duration = Duration::from_secs(1);

/// How far a run is.
#[derive(Debug, Serialize)]
struct RunState<'a> {
    id: &'a str,
    job: &'a str,
    state: &'a str,
    attempt: u64,
    cancel_asked: bool,
    progress_done: u64,
    progress_total: u64,
    doing: Option<&'a str>,
    message: Option<&'a str>,
}

/// One of the events.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the description of what is answered")]
pub(crate) struct JobEvent {
    /// `progress`, or `end`, after which nothing comes.
    event: String,
    /// What `Last-Event-ID` gives back.
    id: String,
    /// After how many milliseconds to ask again where the answer broke off.
    retry: u64,
    /// The run's id, job, state, attempt, progress and message, as JSON.
    data: String,
}

/// An event that is to be sent.
struct Told {
    id: String,
    data: String,
    is_last: bool,
}

impl Told {
    fn of(run: &JobReport) -> Self {
        let state = RunState {
            id: &run.id,
            job: &run.job,
            state: run.state,
            attempt: run.attempt,
            cancel_asked: run.cancel_asked,
            progress_done: run.progress_done,
            progress_total: run.progress_total,
            doing: run.doing.as_deref(),
            message: run.message.as_deref(),
        };
        let data = serde_json::to_string(&state).unwrap_or_default();
        let id = Digest::of(data.as_bytes()).to_string()[..16].to_owned();
        Self { id, data, is_last: run.ended_at.is_some() }
    }
}

/// What happens to a run, as it happens
///
/// Server-sent events. `progress` whenever something changed, `end` once it has ended, and nothing after it; both hold its id, job, state,
/// attempt, progress and message. The answer of its work is at `/v1/jobs/{id}`. `Last-Event-ID` goes on where the last answer broke off: an
/// answer lasts five minutes at most. Where the end was told already it is 204, and nobody need ask again.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/events", tag = "jobs",
    params(("id" = String, Path, description = "The run's id"), ("Last-Event-ID" = Option<String>, Header, description = "The last event that came")),
    responses(
        (status = 200, description = "The events", body = JobEvent, content_type = "text/event-stream"),
        (status = 204, description = "The run has ended, and whoever asks knows"),
        (status = 404, description = "There is no such run", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn events(Acting(api): Acting, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let now = Told::of(&api.run_of(&id).await?);
    let known = headers.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    if now.is_last && known.as_ref() == Some(&now.id) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let Ok(place) = api.listening.clone().try_acquire_owned() else {
        let detail = format!("{MOST_LISTENERS} listen at this moment; ask /v1/jobs/{id} how far it is, or again in a minute");
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail);
        return Ok(([(header::RETRY_AFTER, HeaderValue::from_static("60"))], problem).into_response());
    };
    let listening = Listening { api, id, known, until: Instant::now() + LONGEST, _place: place };
    let told = stream::unfold(Some(listening), |listening| async { listening?.next().await });
    let alive = KeepAlive::new().interval(KEEP_ALIVE);
    // Proxies that gather answers are asked not to.
    Ok(([("x-accel-buffering", "no")], Sse::new(told).keep_alive(alive)).into_response())
}

/// Somebody who listens.
struct Listening {
    api: Api,
    id: String,
    known: Option<String>,
    until: Instant,
    _place: OwnedSemaphorePermit,
}

impl Listening {
    /// The next event, and who listens on after it; none once there is nothing more to tell, or it is time to ask again.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Option<Self>)> {
        let mut stopping = self.api.stopping.clone();
        while Instant::now() < self.until && !*stopping.borrow() {
            let told = match self.api.farthing.job(&self.id).await {
                Ok(run) => Told::of(&run),
                Err(error) => {
                    tracing::warn!(run.id = self.id, "whoever listens to a run is cut off: {error}");
                    return None;
                }
            };
            if self.known.as_ref() != Some(&told.id) {
                let name = if told.is_last { "end" } else { "progress" };
                let event = Event::default().event(name).id(&told.id).retry(AGAIN).data(told.data);
                self.known = Some(told.id);
                return Some((Ok(event), (!told.is_last).then_some(self)));
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                // Nobody is told any more where the sender is gone: the process ends.
                changed = stopping.changed() => if changed.is_err() { return None },
            }
        }
        None
    }
}
