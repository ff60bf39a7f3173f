//! The replicas of a workload: which there are, which take requests, and what is paid for.

use super::batch::Batch;
use super::requests::Requests;
use super::scenario::{ReplicaClass, Service};
use super::step::Step;
use super::tally::Levels;
use super::tournament::Tournament;
use crate::random::Random;

/// Whether a replica takes requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// There is none of this number.
    Off,
    /// Paid, and not ready.
    Starting,
    /// Takes requests.
    Up,
    /// Finishes what it has.
    Draining,
}

/// How a replica works.
#[derive(Clone, Debug)]
enum Work {
    Batch(Box<Batch>),
    Single { request: Option<u32>, end: f64, mean_seconds: f64, squared_variation: f64 },
}

#[derive(Clone, Debug)]
pub(super) struct Replica {
    pub class: usize,
    pub state: State,
    /// Told apart from earlier ones of the same number.
    pub generation: u32,
    pub in_service: u32,
    /// It has taken requests at some time.
    was_ready: bool,
    places: u32,
    work: Work,
}

pub(super) struct Fleet<'a> {
    pub classes: &'a [ReplicaClass],
    steps: Vec<Option<Step>>,
    pub replicas: Vec<Replica>,
    /// When each has its next event.
    events: Tournament,
    /// Requests in service ÷ capacity of those that take more.
    loads: Tournament,
    pub levels: Levels,
    /// Replicas that are paid, by class.
    pub paid: Vec<u32>,
    /// Replicas that are up or starting, by class.
    pub serving: Vec<u32>,
    pub queue_limit: u64,
}

impl<'a> Fleet<'a> {
    pub(super) fn new(classes: &'a [ReplicaClass]) -> Self {
        let step = |class: &ReplicaClass| match class.service {
            Service::Tokens { time, .. } => Some(Step::of(&time)),
            Service::Single { .. } => None,
        };
        Self {
            classes,
            steps: classes.iter().map(step).collect(),
            replicas: Vec::new(),
            events: Tournament::new(16),
            loads: Tournament::new(16),
            levels: Levels::default(),
            paid: vec![0; classes.len()],
            serving: vec![0; classes.len()],
            queue_limit: 0,
        }
    }

    pub(super) fn step(&self, class: usize) -> Option<&Step> {
        self.steps[class].as_ref()
    }

    /// The next event of any replica.
    #[inline]
    pub(super) fn next_event(&self) -> (f64, usize) {
        self.events.first()
    }

    /// A new instance of a class, paid from now on.
    pub(super) fn launch(&mut self, class: usize) -> usize {
        let (places, work) = match self.classes[class].service {
            Service::Tokens { max_batch, .. } => {
                (max_batch, Work::Batch(Box::new(Batch::new(self.steps[class].expect("a token service has steps")))))
            }
            Service::Single { mean_seconds, squared_variation } => {
                (1, Work::Single { request: None, end: f64::INFINITY, mean_seconds, squared_variation })
            }
        };
        let at = self.replicas.iter().position(|r| r.state == State::Off).unwrap_or(self.replicas.len());
        let generation = self.replicas.get(at).map_or(0, |r| r.generation + 1);
        let replica = Replica { class, state: State::Starting, generation, in_service: 0, was_ready: false, places, work };
        if at == self.replicas.len() {
            self.replicas.push(replica);
            self.events.grow(at + 1);
            self.loads.grow(at + 1);
        } else {
            self.replicas[at] = replica;
        }
        self.paid[class] += 1;
        self.serving[class] += 1;
        self.queue_limit = self.queue_limit.saturating_add(u64::from(self.classes[class].max_queue));
        at
    }

    /// An instance takes requests from now on.
    pub(super) fn ready(&mut self, at: usize) {
        let class = self.replicas[at].class;
        self.replicas[at].state = State::Up;
        self.replicas[at].was_ready = true;
        self.levels.present += 1.0;
        self.levels.up += 1.0;
        self.levels.capacity += self.classes[class].capacity;
        self.offer(at);
    }

    /// An instance takes no more requests, and goes when it has none.
    pub(super) fn drain(&mut self, at: usize) {
        let replica = &mut self.replicas[at];
        let class = replica.class;
        if replica.state == State::Up {
            self.levels.up -= 1.0;
            self.levels.capacity -= self.classes[class].capacity;
        }
        replica.state = State::Draining;
        self.serving[class] -= 1;
        self.queue_limit = self.queue_limit.saturating_sub(u64::from(self.classes[class].max_queue));
        self.offer(at);
        self.leave_if_empty(at);
    }

    fn leave_if_empty(&mut self, at: usize) {
        let replica = &mut self.replicas[at];
        if replica.state == State::Draining && replica.in_service == 0 {
            replica.state = State::Off;
            self.levels.present -= f64::from(u8::from(replica.was_ready));
            self.paid[replica.class] -= 1;
        }
    }

    /// An instance is gone at once, with what it was working on in `lost`.
    pub(super) fn kill(&mut self, at: usize, lost: &mut Vec<u32>) {
        if matches!(self.replicas[at].state, State::Up | State::Starting) {
            self.drain(at);
        }
        let replica = &mut self.replicas[at];
        if replica.state != State::Draining {
            return;
        }
        match &mut replica.work {
            Work::Batch(batch) => batch.abandon(lost),
            Work::Single { request, end, .. } => {
                lost.extend(request.take());
                *end = f64::INFINITY;
            }
        }
        self.levels.in_service -= f64::from(replica.in_service);
        self.levels.busy -= f64::from(u8::from(replica.in_service > 0));
        replica.in_service = 0;
        self.events.set(at, f64::INFINITY);
        self.leave_if_empty(at);
    }

    /// The instance of a class that is missed the least: one that is not ready, else the least busy, of equals the youngest number.
    pub(super) fn expendable(&self, class: usize) -> Option<usize> {
        let serving = |r: &Replica| r.class == class && matches!(r.state, State::Up | State::Starting);
        let rank = |r: &Replica| (r.state == State::Up, r.in_service);
        let all = self.replicas.iter().enumerate().filter(|(_, r)| serving(r));
        all.min_by(|(i, a), (j, b)| rank(a).cmp(&rank(b)).then(j.cmp(i))).map(|(at, _)| at)
    }

    /// The least loaded replica with a free place.
    #[inline]
    pub(super) fn least_loaded(&self) -> Option<usize> {
        let (load, at) = self.loads.first();
        (load < f64::INFINITY).then_some(at)
    }

    pub(super) fn has_place(&self, at: usize) -> bool {
        let replica = &self.replicas[at];
        replica.state == State::Up && replica.in_service < replica.places
    }

    #[inline]
    fn offer(&mut self, at: usize) {
        let load = if self.has_place(at) {
            f64::from(self.replicas[at].in_service) / self.classes[self.replicas[at].class].capacity
        } else {
            f64::INFINITY
        };
        self.loads.set(at, load);
    }

    fn occupy(&mut self, at: usize) {
        self.replicas[at].in_service += 1;
        self.levels.in_service += 1.0;
        if self.replicas[at].in_service == 1 {
            self.levels.busy += 1.0;
        }
        self.offer(at);
    }

    /// A replica takes a request into a free place.
    #[inline]
    pub(super) fn assign(&mut self, at: usize, id: u32, now: f64, requests: &mut Requests, random: &mut Random) {
        self.occupy(at);
        let end = match &mut self.replicas[at].work {
            Work::Batch(batch) => {
                batch.enter(id, now, requests);
                batch.end
            }
            Work::Single { request, end, mean_seconds, squared_variation } => {
                requests.at(id).started = now;
                *request = Some(id);
                *end = now + random.gamma(*mean_seconds, *squared_variation);
                *end
            }
        };
        self.events.set(at, end);
    }

    /// The event of a replica is there: `finished` gets what left it. The caller may let others join, and then goes on with
    /// [`Fleet::proceed`].
    #[inline]
    pub(super) fn advance(&mut self, at: usize, requests: &mut Requests, finished: &mut Vec<u32>) {
        let replica = &mut self.replicas[at];
        let before = finished.len();
        match &mut replica.work {
            Work::Batch(batch) => batch.end_run(requests, finished),
            Work::Single { request, end, .. } => {
                finished.extend(request.take());
                *end = f64::INFINITY;
            }
        }
        let left = (finished.len() - before) as u32;
        if left > 0 {
            replica.in_service -= left;
            self.levels.in_service -= f64::from(left);
            if replica.in_service == 0 {
                self.levels.busy -= 1.0;
            }
            self.offer(at);
        }
    }

    /// A request from the queue takes a place that has just become free.
    pub(super) fn join(&mut self, at: usize, id: u32, now: f64, requests: &mut Requests, random: &mut Random) {
        if let Work::Batch(batch) = &mut self.replicas[at].work {
            batch.join(id);
            self.occupy(at);
        } else {
            self.assign(at, id, now, requests, random);
        }
    }

    /// The replica goes on with what it has.
    #[inline]
    pub(super) fn proceed(&mut self, at: usize, now: f64, requests: &mut Requests) {
        let end = match &mut self.replicas[at].work {
            Work::Batch(batch) => {
                batch.begin(now, requests);
                batch.end
            }
            Work::Single { end, .. } => *end,
        };
        self.events.set(at, end);
        self.leave_if_empty(at);
    }
}
