//! How the collecting of sources stands, and what its calls cost.

use chrono::{DateTime, Utc};
use farthing_types::{Amount, BillingPeriod, SourceName, Window};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use crate::StoreError;
use crate::entity::{call_spending, collection, collection_gap};
use crate::error::while_doing;
use crate::session::{Session, begin, finish, from_column, microseconds, text, to_column};
use crate::stored::Stored;

/// How the collecting of one source stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Collection {
    /// The source.
    pub source: SourceName,
    /// When it was last tried.
    pub attempted_at: DateTime<Utc>,
    /// When it last succeeded.
    pub succeeded_at: Option<DateTime<Utc>>,
    /// Up to where it is collected.
    pub collected_to: Option<DateTime<Utc>>,
    /// Why the last attempt failed; `None` where it succeeded.
    pub problem: Option<String>,
    /// A stable name for that cause.
    pub reason: Option<String>,
    /// What is worth knowing of what was collected.
    pub notes: String,
    /// What the last attempt did.
    pub last: LastRun,
}

/// What the last attempt at a source did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LastRun {
    /// Rows of what was imported.
    pub rows: u64,
    /// Calls, repetitions among them.
    pub calls: u64,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

/// Hours of a month that a source no longer had when it was asked for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CollectionGap {
    /// The source.
    pub source: SourceName,
    /// The month.
    pub period: BillingPeriod,
    /// The hours.
    pub window: Window,
}

/// What the calls of a source cost in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MonthlySpending {
    /// The calendar month in which they were made.
    pub month: BillingPeriod,
    /// How many.
    pub calls: u64,
    /// In US dollars.
    pub cost: Amount,
}

/// How collecting stands.
#[derive(Debug)]
pub struct Collections<'a>(Session<'a>);

impl<'a> Collections<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// All of them, in the order of names.
    ///
    /// # Errors
    /// What the database says.
    pub async fn all(&self) -> Result<Vec<Collection>, StoreError> {
        let rows = collection::Entity::find().all(&self.0).await.map_err(while_doing("reading how collecting stands"))?;
        let mut all: Vec<Collection> = rows.into_iter().map(Collection::from_row).collect::<Result<_, _>>()?;
        // The databases sort text by rules of their own.
        all.sort_by(|a, b| a.source.cmp(&b.source));
        Ok(all)
    }

    /// One of them.
    ///
    /// # Errors
    /// What the database says.
    pub async fn of(&self, source: &SourceName) -> Result<Option<Collection>, StoreError> {
        let found = collection::Entity::find_by_id(Stored(source.clone())).one(&self.0).await;
        found.map_err(while_doing("reading how collecting stands"))?.map(Collection::from_row).transpose()
    }

    /// Notes how it stands now, in place of what was noted before.
    ///
    /// # Errors
    /// What the database says.
    pub async fn note(&self, now: &Collection) -> Result<(), StoreError> {
        let row = collection::ActiveModel {
            source: Set(Stored(now.source.clone())),
            attempted_at: Set(microseconds(now.attempted_at)),
            succeeded_at: Set(now.succeeded_at.map(microseconds)),
            collected_to: Set(now.collected_to.map(microseconds)),
            problem: Set(now.problem.as_deref().map(text)),
            reason: Set(now.reason.as_deref().map(text)),
            notes: Set(text(&now.notes)),
            last_rows: Set(to_column(now.last.rows, "collection", &now.source)?),
            last_calls: Set(to_column(now.last.calls, "collection", &now.source)?),
            last_millis: Set(to_column(now.last.millis, "collection", &now.source)?),
        };
        use collection::Column;
        let changed = [
            Column::AttemptedAt,
            Column::SucceededAt,
            Column::CollectedTo,
            Column::Problem,
            Column::Reason,
            Column::Notes,
            Column::LastRows,
            Column::LastCalls,
            Column::LastMillis,
        ];
        let known = OnConflict::column(Column::Source).update_columns(changed).to_owned();
        let insert = collection::Entity::insert(row).on_conflict(known).exec_without_returning(&self.0).await;
        insert.map(|_| ()).map_err(while_doing("noting how collecting stands"))
    }

    /// Hours that sources no longer had when they were asked for them, by source and in order; of one source where it is named.
    ///
    /// # Errors
    /// What the database says.
    pub async fn gaps(&self, source: Option<&SourceName>) -> Result<Vec<CollectionGap>, StoreError> {
        let mut select = collection_gap::Entity::find();
        if let Some(source) = source {
            select = select.filter(collection_gap::Column::Source.eq(Stored(source.clone())));
        }
        let rows = select.all(&self.0).await.map_err(while_doing("reading what sources no longer had"))?;
        let gap = |row: collection_gap::Model| CollectionGap {
            source: row.source.0,
            period: row.period.0,
            window: Window { from: row.from_at, to: row.to_at },
        };
        let mut gaps: Vec<CollectionGap> = rows.into_iter().map(gap).collect();
        gaps.sort_by(|a, b| (&a.source, a.window.from).cmp(&(&b.source, b.window.from)));
        Ok(gaps)
    }

    /// Puts the gaps of a month in place of those that were noted: none where it is whole.
    ///
    /// # Errors
    /// What the database says.
    pub async fn note_gaps(&self, source: &SourceName, period: BillingPeriod, gaps: &[Window]) -> Result<(), StoreError> {
        let transaction = begin(&self.0).await?;
        let noted = async {
            collection_gap::Entity::delete_many()
                .filter(collection_gap::Column::Source.eq(Stored(source.clone())))
                .filter(collection_gap::Column::Period.eq(Stored(period)))
                .exec(&transaction)
                .await
                .map_err(while_doing("noting what a source no longer had"))?;
            for gap in gaps {
                let row = collection_gap::ActiveModel {
                    source: Set(Stored(source.clone())),
                    period: Set(Stored(period)),
                    from_at: Set(microseconds(gap.from)),
                    to_at: Set(microseconds(gap.to)),
                };
                let insert = collection_gap::Entity::insert(row).exec_without_returning(&transaction).await;
                insert.map_err(while_doing("noting what a source no longer had"))?;
            }
            Ok(())
        };
        let noted = noted.await;
        finish(transaction, noted).await
    }

    /// Notes a call before it is made. `None` where the sum of the month would then exceed `budget`, and nothing is noted; otherwise the sum.
    ///
    /// Safe against others that note calls of the same source at the same time: each is held against a sum that has all before it.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where a sum does not fit, or what the database says.
    pub async fn spend(
        &self,
        source: &SourceName,
        month: BillingPeriod,
        price: Amount,
        budget: Option<Amount>,
    ) -> Result<Option<Amount>, StoreError> {
        let id = || (Stored(source.clone()), Stored(month));
        let none = call_spending::ActiveModel {
            source: Set(Stored(source.clone())),
            month: Set(Stored(month)),
            calls: Set(0),
            cost: Set(Stored(Amount::ZERO)),
        };
        let known = OnConflict::columns([call_spending::Column::Source, call_spending::Column::Month]).do_nothing().to_owned();
        let insert = call_spending::Entity::insert(none).on_conflict(known).exec_without_returning(&self.0).await;
        insert.map_err(while_doing("noting what calls cost"))?;
        loop {
            let found =
                call_spending::Entity::find_by_id(id()).one(&self.0).await.map_err(while_doing("reading what calls cost"))?;
            let Some(found) = found else {
                return Err(StoreError::NotFound { what: "spending on calls", id: format!("{source} {month}") });
            };
            let unfit = || StoreError::Invalid {
                what: "spending on calls",
                id: source.to_string(),
                why: "the sum does not fit".to_owned(),
            };
            let sum = found.cost.0.checked_add(price).ok_or_else(unfit)?;
            if budget.is_some_and(|budget| sum > budget) {
                return Ok(None);
            }
            // Who was faster has counted a call more: then it is read again.
            let update = call_spending::Entity::update_many()
                .col_expr(
                    call_spending::Column::Calls,
                    sea_orm::sea_query::Expr::value(found.calls.checked_add(1).ok_or_else(unfit)?),
                )
                .col_expr(call_spending::Column::Cost, sea_orm::sea_query::Expr::value(Stored(sum)))
                .filter(call_spending::Column::Source.eq(Stored(source.clone())))
                .filter(call_spending::Column::Month.eq(Stored(month)))
                .filter(call_spending::Column::Calls.eq(found.calls));
            let updated = update.exec(&self.0).await.map_err(while_doing("noting what calls cost"))?;
            if updated.rows_affected == 1 {
                return Ok(Some(sum));
            }
        }
    }

    /// What the calls of a source cost, the last month first.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where a count makes no sense, or what the database says.
    pub async fn spending(&self, source: &SourceName) -> Result<Vec<MonthlySpending>, StoreError> {
        let select = call_spending::Entity::find()
            .filter(call_spending::Column::Source.eq(Stored(source.clone())))
            .order_by_desc(call_spending::Column::Month);
        let rows = select.all(&self.0).await.map_err(while_doing("reading what calls cost"))?;
        rows.into_iter()
            .map(|row| {
                let calls = from_column(row.calls, "spending on calls", source)?;
                Ok(MonthlySpending { month: row.month.0, calls, cost: row.cost.0 })
            })
            .collect()
    }
}

impl Collection {
    fn from_row(row: collection::Model) -> Result<Self, StoreError> {
        let count = |count: i64| from_column(count, "collection", &row.source.0);
        let last = LastRun { rows: count(row.last_rows)?, calls: count(row.last_calls)?, millis: count(row.last_millis)? };
        let collection::Model { source, attempted_at, succeeded_at, collected_to, problem, reason, notes, .. } = row;
        Ok(Self { source: source.0, attempted_at, succeeded_at, collected_to, problem, reason, notes, last })
    }
}
