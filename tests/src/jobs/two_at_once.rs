//! Several schedulers and workers beside each other.

use super::crew::{Crew, ended};
use crate::support::{NewHome, Run, on_both_databases, text};

on_both_databases!(
    f26_schedulers_that_fire_the_same_tick_add_each_run_once,
    f26_a_tick_that_is_over_is_made_up_for_once_and_by_one,
    workers_beside_each_other_share_the_work,
);

fn f26_schedulers_that_fire_the_same_tick_add_each_run_once(new: NewHome) {
    let crew = Crew::new(new(), 20, 5).due();
    let schedulers: Vec<_> = (0..4).map(|_| crew.start(&["scheduler", "--once"])).collect();
    let mut added = 0_usize;
    for scheduler in schedulers {
        let run = Run::ended("scheduler --once", scheduler.wait_with_output().expect("it ends")).exits(0);
        added += run.stderr.split(' ').find_map(|word| word.parse::<usize>().ok()).expect("it says how many");
    }
    assert_eq!(added, 20);
    assert_eq!(crew.runs().len(), 20);
    crew.work_to_the_end();
    crew.is_whole();
}

fn f26_a_tick_that_is_over_is_made_up_for_once_and_by_one(new: NewHome) {
    let crew = Crew::new(new(), 3, 5).scheduled();
    // The clock was set back, or a backup is older than the runs: the same times are due again, and have their runs.
    let crew = crew.due();
    crew.home.run(&["scheduler", "--once"]).exits(0).says(&["0 runs were added"]);
    crew.work_to_the_end();
    let crew = crew.due();
    // No import again: what is added brings the statements of the month up to date.
    crew.home.run(&["scheduler", "--once"]).exits(0).says(&["1 runs were added"]);
    crew.is_whole();
}

fn workers_beside_each_other_share_the_work(new: NewHome) {
    let crew = Crew::new(new(), 12, 20).scheduled();
    let workers: Vec<_> = (0..2).map(|_| crew.start(&["worker", "--parallel", "2"])).collect();
    while crew.in_state("done") < 12 {
        assert_eq!(crew.in_state("failed"), 0, "{:#?}", crew.runs());
    }
    workers.into_iter().for_each(|worker| drop(ended(worker).exits(0)));
    for run in crew.runs() {
        assert_eq!(run["attempt"], 1, "{}", text(&run, "job"));
    }
    crew.is_whole();
}
