use farthing_store::ImportOutcome;
use farthing_testkit::TestDatabase;

use crate::build::{begin, import, minute};
use crate::on_both_databases;

on_both_databases!(status_tells_each_source_with_its_sums_and_its_last_import, sources_are_made_known_once);

async fn status_tells_each_source_with_its_sums_and_its_last_import(database: &TestDatabase) {
    let store = database.store().await;
    store.sources().ensure(&"Zeta".parse().unwrap(), minute(0)).await.unwrap();
    import(&store, "may", "10", minute(1)).await;
    let active = import(&store, "may restated", "12.5", minute(2)).await;
    let failed = begin(&store, minute(3)).await;
    store.imports().fail(failed, "no such file", &[], minute(4)).await.unwrap();

    let [zeta, acme] = store.status(None).await.unwrap().try_into().unwrap();
    assert_eq!((zeta.name.as_str(), zeta.active.len(), zeta.last_import), ("Zeta", 0, None));
    let [may] = acme.active.try_into().unwrap();
    assert_eq!((may.id, may.rows, may.findings, may.imported_at), (active, 3, 2, minute(2)));
    assert_eq!(may.totals[0].amount.to_string(), "12.5");
    assert_eq!(acme.last_import.unwrap().outcome, Some(ImportOutcome::Failed));
}

async fn sources_are_made_known_once(database: &TestDatabase) {
    let store = database.store().await;
    let name = "acme".parse().unwrap();
    store.sources().ensure(&name, minute(0)).await.unwrap();
    store.sources().ensure(&name, minute(9)).await.unwrap();
    let [source] = store.sources().all().await.unwrap().try_into().unwrap();
    assert_eq!((source.name, source.created_at), (name, minute(0)));
}
