//! The run of one workload: arrivals, replicas and what happens to them, in order of time.

use std::collections::{BinaryHeap, VecDeque};

use super::arrivals::{Arrival, Arrivals};
use super::calendar::Calendar;
use super::control::{Action, Control};
use super::fleet::{Fleet, State};
use super::requests::{Requests, WARMING_UP};
use super::scenario::{Conditions, ReplicaClass, Signal, Workload};
use super::tally::{HourTally, of_hour};
use crate::random::Random;

pub(super) struct Pool<'a> {
    workload: &'a Workload,
    conditions: &'a Conditions,
    calendar: &'a Calendar,
    fleet: Fleet<'a>,
    queue: VecDeque<u32>,
    requests: Requests,
    controls: BinaryHeap<Control>,
    planned: u64,
    random: Random,
    tallies: Vec<HourTally>,
    /// The hour under way; none while warming up and after the last.
    hour: u32,
    /// Until when the levels, and what is paid, have been added up.
    levels_until: f64,
    paid_until: f64,
    /// Replicas wanted, and on their way to be started, by class.
    desired: Vec<u32>,
    starting: Vec<u32>,
    /// What the plan asks for, and what the autoscaler does, by class: the larger is wanted.
    planned_replicas: Vec<u32>,
    scaled: Vec<u32>,
    /// What the autoscaler wished for, by class, latest last.
    wishes: VecDeque<(f64, Vec<u32>)>,
    /// Requests that have come, and how many had at each look.
    arrived: u64,
    looks: VecDeque<(f64, u64)>,
    finished: Vec<u32>,
}

impl<'a> Pool<'a> {
    pub(super) fn new(workload: &'a Workload, conditions: &'a Conditions, calendar: &'a Calendar, random: Random) -> Self {
        let classes = workload.classes.len();
        let tally = || HourTally { paid: vec![0.0; classes], ..HourTally::default() };
        let start = -calendar.warm_up;
        let mut pool = Self {
            workload,
            conditions,
            calendar,
            fleet: Fleet::new(&workload.classes),
            queue: VecDeque::new(),
            requests: Requests::default(),
            controls: BinaryHeap::new(),
            planned: 0,
            random,
            tallies: (0..calendar.hours()).map(|_| tally()).collect(),
            hour: WARMING_UP,
            levels_until: start,
            paid_until: start,
            desired: workload.classes.iter().map(|class| class.replicas[0]).collect(),
            starting: vec![0; classes],
            planned_replicas: workload.classes.iter().map(|class| class.replicas[0]).collect(),
            scaled: vec![0; classes],
            wishes: VecDeque::new(),
            arrived: 0,
            looks: VecDeque::new(),
            finished: Vec::new(),
        };
        pool.prepare(start);
        pool
    }

    /// The first hour's replicas, and the hours to come.
    fn prepare(&mut self, start: f64) {
        for class in 0..self.workload.classes.len() {
            for _ in 0..self.desired[class] {
                let at = self.fleet.launch(class);
                self.make_ready(at, start);
            }
        }
        for hour in 0..self.calendar.hours() {
            let (at, number) = (self.calendar.start(hour), hour as u32);
            if hour > 0 {
                let earliest = self.calendar.start(hour - 1);
                self.plan((at - self.conditions.lead_seconds).max(earliest), Action::Ask(number));
            }
            self.plan(at, Action::Hour(number));
        }
        if !self.workload.scaling.follows_the_plan() {
            // An autoscaler by itself starts from the first hour, and the plan asks for nothing more.
            self.scaled = std::mem::replace(&mut self.planned_replicas, vec![0; self.workload.classes.len()]);
        }
        if self.workload.scaling.autoscaler().is_some() {
            self.plan(start, Action::Look);
        }
    }

    fn plan(&mut self, at: f64, action: Action) {
        let number = self.planned;
        self.planned += 1;
        self.controls.push(Control { at, number, action });
    }

    /// Plays everything, and returns the tallies by hour and the requests expected in each.
    pub(super) fn run(mut self, mut arrivals: Arrivals<'_>) -> (Vec<HourTally>, Vec<f64>) {
        let end = self.calendar.end();
        let mut arrival = arrivals.next();
        loop {
            let arrival_at = arrival.map_or(f64::INFINITY, |a| a.at);
            let (replica_at, replica) = self.fleet.next_event();
            let control_at = self.controls.peek().map_or(f64::INFINITY, |c| c.at);
            if control_at <= replica_at && control_at <= arrival_at && control_at < end {
                let control = self.controls.pop().expect("it was peeked at");
                self.settle(control.at);
                self.act(control.action, control.at);
            } else if replica_at <= arrival_at {
                if replica_at == f64::INFINITY {
                    break;
                }
                self.settle(replica_at);
                self.advance(replica, replica_at);
            } else if let Some(present) = arrival {
                self.settle(arrival_at);
                self.arrive(&present);
                arrival = arrivals.next();
            }
        }
        self.settle(end);
        self.pay(end);
        (self.tallies, arrivals.expected)
    }

    /// Adds the levels up to now.
    #[inline]
    fn settle(&mut self, now: f64) {
        // What happens after the last hour is the end of its requests: it counts in no level.
        let until = now.min(self.calendar.end());
        let seconds = until - self.levels_until;
        if seconds > 0.0 {
            if let Some(tally) = of_hour(&mut self.tallies, self.hour) {
                self.fleet.levels.queue = self.queue.len() as f64;
                tally.levels.add(&self.fleet.levels, seconds);
            }
            self.levels_until = until;
        }
    }

    /// Adds what is paid up to now; called before the number of instances changes.
    fn pay(&mut self, now: f64) {
        let until = now.min(self.calendar.end());
        let seconds = until - self.paid_until;
        if seconds > 0.0 {
            if let Some(tally) = of_hour(&mut self.tallies, self.hour) {
                tally.paid.iter_mut().zip(&self.fleet.paid).for_each(|(sum, count)| *sum += f64::from(*count) * seconds);
            }
            self.paid_until = until;
        }
    }

    #[inline]
    fn arrive(&mut self, arrival: &Arrival) {
        let hour = arrival.hour.unwrap_or(WARMING_UP);
        self.arrived += 1;
        if let Some(tally) = of_hour(&mut self.tallies, hour) {
            tally.arrivals += 1;
        }
        if let Some(at) = self.fleet.least_loaded() {
            let id = self.requests.add(arrival);
            self.fleet.assign(at, id, arrival.at, &mut self.requests, &mut self.random);
        } else if (self.queue.len() as u64) < self.fleet.queue_limit {
            let id = self.requests.add(arrival);
            self.queue.push_back(id);
            if let Some(tally) = of_hour(&mut self.tallies, self.hour) {
                tally.queue_max = tally.queue_max.max(self.queue.len() as u64);
            }
        } else if let Some(tally) = of_hour(&mut self.tallies, hour) {
            tally.lost += 1;
        }
    }

    fn advance(&mut self, at: usize, now: f64) {
        let mut finished = std::mem::take(&mut self.finished);
        self.fleet.advance(at, &mut self.requests, &mut finished);
        if !finished.is_empty() && self.fleet.replicas[at].state == State::Draining {
            self.pay(now);
        }
        let class = self.fleet.replicas[at].class;
        for id in finished.drain(..) {
            let request = self.requests.remove(id);
            if let Some(tally) = of_hour(&mut self.tallies, request.hour) {
                tally.serve(&request, now, self.fleet.step(class), &self.workload.promise);
            }
        }
        self.finished = finished;
        self.fill(at, now);
        self.fleet.proceed(at, now, &mut self.requests);
    }

    /// Lets what waits take the free places of a replica that is between two runs.
    fn fill(&mut self, at: usize, now: f64) {
        while !self.queue.is_empty() && self.fleet.has_place(at) {
            let id = self.queue.pop_front().expect("it is not empty");
            self.fleet.join(at, id, now, &mut self.requests, &mut self.random);
        }
    }

    fn act(&mut self, action: Action, now: f64) {
        self.pay(now);
        let scheduled = self.workload.scaling.follows_the_plan();
        match action {
            Action::Hour(hour) => {
                self.hour = hour;
                if scheduled {
                    for class in 0..self.workload.classes.len() {
                        self.follow(class, self.workload.classes[class].replicas[hour as usize], now);
                    }
                }
            }
            Action::Ask(hour) => {
                if scheduled {
                    for class in 0..self.workload.classes.len() {
                        let wanted = self.workload.classes[class].replicas[hour as usize].max(self.planned_replicas[class]);
                        self.follow(class, wanted, now);
                    }
                }
            }
            Action::Look => self.look(now),
            Action::Launch(class) => {
                self.starting[class] -= 1;
                if self.fleet.serving[class] < self.desired[class] {
                    let at = self.fleet.launch(class);
                    let generation = self.fleet.replicas[at].generation;
                    self.plan(now + self.conditions.cold_start_seconds, Action::Ready { replica: at, generation });
                }
            }
            Action::Ready { replica, generation } => {
                if self.is(replica, generation) && self.fleet.replicas[replica].state == State::Starting {
                    self.make_ready(replica, now);
                    self.fill(replica, now);
                    self.fleet.proceed(replica, now, &mut self.requests);
                }
            }
            Action::Notice { replica, generation } => {
                if self.is(replica, generation) && self.fleet.replicas[replica].state == State::Up {
                    self.fleet.drain(replica);
                    self.plan(now + self.conditions.spot_notice_seconds, Action::Gone { replica, generation });
                    self.reach(self.fleet.replicas[replica].class, now, self.conditions.replacement_seconds);
                }
            }
            Action::Gone { replica, generation } => self.lose(replica, generation, now),
        }
    }

    fn is(&self, replica: usize, generation: u32) -> bool {
        self.fleet.replicas[replica].generation == generation
    }

    /// A replica takes requests, and its fate is drawn.
    fn make_ready(&mut self, at: usize, now: f64) {
        self.fleet.ready(at);
        let (class, generation) = (self.fleet.replicas[at].class, self.fleet.replicas[at].generation);
        let interruptions = self.conditions.spot_interruptions_per_hour;
        if self.workload.classes[class].is_spot && interruptions > 0.0 {
            let until = now + self.random.exponential(super::scenario::HOUR / interruptions);
            self.plan(until, Action::Notice { replica: at, generation });
        }
        if self.conditions.failures_per_hour > 0.0 {
            let until = now + self.random.exponential(super::scenario::HOUR / self.conditions.failures_per_hour);
            self.plan(until, Action::Gone { replica: at, generation });
        }
    }

    /// An instance is gone: what it worked on begins anew, ahead of everything that waits.
    fn lose(&mut self, replica: usize, generation: u32, now: f64) {
        if !self.is(replica, generation) || self.fleet.replicas[replica].state == State::Off {
            return;
        }
        let mut lost = Vec::new();
        self.fleet.kill(replica, &mut lost);
        // Those that came first stand first again.
        let mut lost: Vec<(f64, u32)> = lost.into_iter().map(|id| (self.requests.at(id).arrival, id)).collect();
        lost.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        for (_, id) in lost {
            if let Some(tally) = of_hour(&mut self.tallies, self.requests.at(id).hour) {
                tally.retried += 1;
            }
            self.queue.push_front(id);
        }
        while let (Some(at), false) = (self.fleet.least_loaded(), self.queue.is_empty()) {
            let id = self.queue.pop_front().expect("it is not empty");
            self.fleet.assign(at, id, now, &mut self.requests, &mut self.random);
        }
        self.reach(self.fleet.replicas[replica].class, now, self.conditions.replacement_seconds);
    }

    /// From now on so many replicas of a class are wanted.
    fn aim(&mut self, class: usize, wanted: u32, now: f64) {
        self.desired[class] = wanted;
        while self.fleet.serving[class] > wanted {
            let at = self.fleet.expendable(class).expect("some are serving");
            self.fleet.drain(at);
        }
        self.reach(class, now, self.conditions.scale_delay_seconds);
    }

    /// Starts what is missing after a delay.
    fn reach(&mut self, class: usize, now: f64, delay: f64) {
        while self.fleet.serving[class] + self.starting[class] < self.desired[class] {
            self.starting[class] += 1;
            self.plan(now + delay, Action::Launch(class));
        }
    }

    /// The plan asks for so many replicas of a class.
    fn follow(&mut self, class: usize, planned: u32, now: f64) {
        self.planned_replicas[class] = planned;
        self.aim(class, planned.max(self.scaled[class]), now);
    }

    /// What the autoscaler sees, as a share of what it aims at.
    fn load(&mut self, signal: Signal, now: f64) -> f64 {
        match signal {
            Signal::InSystem { target } => {
                let replicas: u32 = self.desired.iter().sum();
                let in_system = self.fleet.levels.in_service + self.queue.len() as f64;
                in_system / target / f64::from(replicas.max(1))
            }
            Signal::RequestRate { target, window_seconds } => {
                self.looks.push_back((now, self.arrived));
                while self.looks.get(1).is_some_and(|(at, _)| *at <= now - window_seconds) {
                    self.looks.pop_front();
                }
                let (since, before) = self.looks[0];
                let counted = (self.arrived - before) as f64;
                let capacity = |(class, count): (&ReplicaClass, &u32)| class.capacity * f64::from(*count);
                let capacity: f64 = self.workload.classes.iter().zip(&self.desired).map(capacity).sum();
                if now <= since {
                    return 1.0;
                }
                counted / (now - since) / (target * capacity).max(f64::MIN_POSITIVE)
            }
        }
    }

    /// The autoscaler's turn.
    fn look(&mut self, now: f64) {
        let Some(autoscaler) = self.workload.scaling.autoscaler() else { return };
        self.plan(now + autoscaler.interval_seconds, Action::Look);
        let load = self.load(autoscaler.signal, now);
        let wish = |current: u32| {
            let wanted = if (load - 1.0).abs() <= 0.1 { current } else { (f64::from(current) * load).ceil() as u32 };
            wanted.clamp(autoscaler.min_replicas, autoscaler.max_replicas)
        };
        // A class that does not run stays without replicas: nothing is dealt out to it that it could see. Only an autoscaler by
        // itself keeps its fewest of the first class.
        let may_start = |class: usize| class == 0 && !self.workload.scaling.follows_the_plan();
        let of = |(class, current): (usize, &u32)| if *current == 0 && !may_start(class) { 0 } else { wish((*current).max(1)) };
        let wishes: Vec<u32> = self.desired.iter().enumerate().map(of).collect();
        while self.wishes.front().is_some_and(|(at, _)| *at < now - autoscaler.stabilisation_seconds) {
            self.wishes.pop_front();
        }
        self.wishes.push_back((now, wishes));
        for class in 0..self.desired.len() {
            let current = self.desired[class];
            let wish = self.wishes.back().map_or(current, |(_, wishes)| wishes[class]);
            let remembered = self.wishes.iter().map(|(_, wishes)| wishes[class]).max().unwrap_or(wish);
            self.scaled[class] = if wish > current { wish } else { remembered.min(current) };
            self.aim(class, self.scaled[class].max(self.planned_replicas[class]), now);
        }
    }
}
