use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use crate::entity::kept_answer::{ActiveModel, Column, Entity, Model};
use crate::error::while_doing;
use crate::session::{Session, microseconds};
use crate::{Digest, StoreError};

/// What a request was answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// Its HTTP status.
    pub status: u16,
    /// Its headers that are told again, by name.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

/// What becomes of a request under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nobody has used the key: the request is worked on, and its answer kept or the key given back.
    Ours,
    /// The same request is worked on at this moment.
    UnderWay,
    /// The key was used with another request.
    OfAnother,
    /// The same request was answered so.
    Answered(KeptAnswer),
}

/// Who sends which request under which key, and when.
#[derive(Clone, Copy, Debug)]
pub struct Keyed<'a> {
    /// Whose key it is: nobody else's is the same.
    pub actor: &'a str,
    /// The key.
    pub key: &'a str,
    /// The digest of the request.
    pub request: Digest,
    /// When it came.
    pub at: DateTime<Utc>,
}

/// Answers that are kept, by the key that their request came under.
#[derive(Debug)]
pub struct KeptAnswers<'a>(Session<'a>);

impl<'a> KeptAnswers<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// Takes the key for a request, or tells what became of it. What began before `given_up` and was never answered is taken over: whoever
    /// worked on it is gone. Those of before `forget` are forgotten.
    ///
    /// # Errors
    /// What the database says.
    pub async fn claim(&self, of: Keyed<'_>, given_up: DateTime<Utc>, forget: DateTime<Utc>) -> Result<Claim, StoreError> {
        let claiming = while_doing("taking the key of a request");
        let old = Entity::delete_many().filter(Column::BeganAt.lt(microseconds(forget)));
        old.exec(&self.0).await.map_err(&claiming)?;
        let known = OnConflict::columns([Column::Actor, Column::Key]).do_nothing().to_owned();
        let insert = Entity::insert(began(of)).on_conflict(known).exec_without_returning(&self.0).await;
        if insert.map_err(&claiming)? > 0 {
            return Ok(Claim::Ours);
        }
        let found = Entity::find_by_id((of.actor.to_owned(), of.key.to_owned())).one(&self.0).await.map_err(&claiming)?;
        match found {
            // It was given back this moment: whoever asks again gets it.
            None => Ok(Claim::UnderWay),
            Some(row) if row.request != of.request.to_string() => Ok(Claim::OfAnother),
            Some(row) if row.status.is_some() => answered(row).map(Claim::Answered),
            Some(row) if row.began_at < given_up => {
                let same = is(of).add(Column::BeganAt.eq(row.began_at)).add(Column::Status.is_null());
                let take = Entity::update_many().set(began(of)).filter(same).exec(&self.0).await;
                let taken = take.map_err(&claiming)?.rows_affected > 0;
                Ok(if taken { Claim::Ours } else { Claim::UnderWay })
            }
            Some(_) => Ok(Claim::UnderWay),
        }
    }

    /// Keeps the answer of a request whose key was taken at that moment; nothing where somebody took it over since.
    ///
    /// # Errors
    /// What the database says.
    pub async fn keep(&self, of: Keyed<'_>, answer: &KeptAnswer) -> Result<(), StoreError> {
        let change = ActiveModel {
            status: Set(Some(i32::from(answer.status))),
            headers: Set(Some(serde_json::to_string(&answer.headers).expect("names and values are text"))),
            body: Set(Some(answer.body.clone())),
            ..Default::default()
        };
        let update = Entity::update_many().set(change).filter(is(of)).filter(Column::BeganAt.eq(microseconds(of.at)));
        update.exec(&self.0).await.map(|_| ()).map_err(while_doing("keeping the answer of a request"))
    }

    /// Gives a key back whose request was not done.
    ///
    /// # Errors
    /// What the database says.
    pub async fn give_back(&self, of: Keyed<'_>) -> Result<(), StoreError> {
        let delete = Entity::delete_many().filter(is(of)).filter(Column::BeganAt.eq(microseconds(of.at)));
        delete.exec(&self.0).await.map(|_| ()).map_err(while_doing("giving the key of a request back"))
    }
}

fn is(of: Keyed<'_>) -> Condition {
    Condition::all().add(Column::Actor.eq(of.actor)).add(Column::Key.eq(of.key))
}

fn began(of: Keyed<'_>) -> ActiveModel {
    ActiveModel {
        actor: Set(of.actor.to_owned()),
        key: Set(of.key.to_owned()),
        request: Set(of.request.to_string()),
        began_at: Set(microseconds(of.at)),
        status: Set(None),
        headers: Set(None),
        body: Set(None),
    }
}

fn answered(row: Model) -> Result<KeptAnswer, StoreError> {
    let damaged = |why: String| StoreError::Damaged { what: "answer", id: row.key.clone(), why };
    let status = row.status.and_then(|status| u16::try_from(status).ok()).ok_or_else(|| damaged("its status".to_owned()))?;
    let headers = serde_json::from_str(row.headers.as_deref().unwrap_or("[]"));
    let headers = headers.map_err(|error| damaged(format!("its headers: {error}")))?;
    Ok(KeptAnswer { status, headers, body: row.body.unwrap_or_default() })
}
