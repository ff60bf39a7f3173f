use farthing_store::{Residue, RevisionTotal};
use farthing_testkit::TestDatabase;
use farthing_types::{Amount, Cost};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::build::{begin, may, minute, publication, revision};
use crate::on_both_databases;

on_both_databases!(money_comes_back_as_it_was_given, the_largest_and_smallest_amounts_come_back);

const MAX_ATTO: i128 = 10_i128.pow(38) - 1;

fn any_amount() -> impl Strategy<Value = Amount> {
    let range = |size: i128| (-size..=size).prop_map(|count| Amount::from_atto(count).expect("within 38 digits"));
    prop_oneof![range(MAX_ATTO), range(10_i128.pow(18)), range(1_000), (-1_000_000_i64..1_000_000).prop_map(Amount::from_int)]
}

fn any_totals() -> impl Strategy<Value = Vec<RevisionTotal>> {
    let amounts = prop::collection::vec((any_amount(), any_amount(), any::<i64>(), 0..u64::from(u32::MAX)), 1..12);
    amounts.prop_map(|amounts| {
        let keys = ["USD", "EUR", "CHF"].into_iter().flat_map(|currency| Cost::ALL.map(|cost| (currency, cost)));
        let totals = keys.zip(amounts).map(|((currency, cost), (amount, other, residue, charges))| RevisionTotal {
            currency: currency.parse().expect("three capital letters"),
            cost,
            amount,
            magnitude: amount.abs().max(other.abs()),
            residue: Residue::from_count(i128::from(residue) * 1_000_000_007),
            charges,
        });
        totals.collect()
    })
}

async fn money_comes_back_as_it_was_given(database: &TestDatabase) {
    let store = database.store().await;
    let runtime = tokio::runtime::Handle::current();
    let case = |totals: Vec<RevisionTotal>| async {
        let mut expected = totals.clone();
        expected.sort_by_key(|total| (total.currency, total.cost));
        let active = store.revisions().active(&may()).await.unwrap().pop();
        let at = minute(0);
        let mut new = revision("", "0", active.map(|revision| revision.id));
        new.digest = farthing_store::Digest::of(new.id.to_string().as_bytes());
        new.totals = totals;
        let id = begin(&store, at).await;
        let published = store.revisions().publish(&publication(id, vec![new], at)).await;
        let published = published.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(&published[0].totals, &expected);
        Ok(())
    };
    tokio::task::block_in_place(|| {
        let mut runner = TestRunner::new(Config { cases: 48, failure_persistence: None, ..Config::default() });
        runner.run(&any_totals(), |totals| runtime.block_on(case(totals))).unwrap();
    });
}

async fn the_largest_and_smallest_amounts_come_back(database: &TestDatabase) {
    let store = database.store().await;
    let extremes = [MAX_ATTO, -MAX_ATTO, 1, -1];
    let mut new = revision("extremes", "0", None);
    new.totals = Cost::ALL
        .into_iter()
        .zip(extremes)
        .map(|(cost, count)| crate::build::total("USD".parse().unwrap(), cost, Amount::from_atto(count).unwrap()))
        .collect();
    let id = begin(&store, minute(0)).await;
    let published = store.revisions().publish(&publication(id, vec![new], minute(1))).await.unwrap();
    let read: Vec<i128> = published[0].totals.iter().map(|total| total.amount.atto()).collect();
    assert_eq!(read, extremes);
}
