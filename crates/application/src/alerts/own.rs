//! Who is told of what, and people who change that for themselves.

use std::collections::BTreeMap;

use farthing_alerts::{Channel, Destination, Url, WrittenPreferences};
use farthing_identity::{Permission, Principal};
use farthing_store::AlertState;
use serde::Serialize;
use utoipa::ToSchema;

use super::alerts_of;
use crate::{DocumentKind, Error, Farthing, Published};

/// A channel, as whoever may see it sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AlertChannel {
    /// Its name.
    pub channel: String,
    /// `email`, `webhook`, `slack`, `teams` or `ticket`.
    pub kind: &'static str,
    /// Where it is told: addresses, or the name of the secret that holds one.
    pub to: Vec<String>,
    /// Of what, and when.
    pub preferences: WrittenPreferences,
    /// That it is theirs who ask: it has their name.
    pub is_own: bool,
    /// That they may change its preferences.
    pub may_change: bool,
    /// How many events wait to be sent.
    pub waiting: u64,
    /// How many it was told of.
    pub sent: u64,
    /// How many could not be sent, for good.
    pub failed: u64,
}

impl Farthing {
    /// Who is told of what: all channels for whoever looks after the machinery, for everybody else the one that has their name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn alert_channels(&self, principal: &Principal) -> Result<Vec<AlertChannel>, Error> {
        let Some(document) = self.alerts_in_force().await? else { return Ok(Vec::new()) };
        let mut counts: BTreeMap<(String, AlertState), u64> = BTreeMap::new();
        for (channel, state, count) in self.store.alerts().counts().await? {
            counts.insert((channel, state), count);
        }
        let is_seen = |channel: &&Channel| channel.name == principal.name || sees_all(principal);
        let line = |channel: &Channel| {
            let count = |state| counts.get(&(channel.name.clone(), state)).copied().unwrap_or_default();
            AlertChannel {
                channel: channel.name.clone(),
                kind: channel.kind(),
                to: told_at(&channel.destination),
                preferences: channel.written(),
                is_own: channel.name == principal.name,
                may_change: may_change(principal, &channel.name),
                waiting: count(AlertState::Waiting),
                sent: count(AlertState::Sent),
                failed: count(AlertState::Failed),
            }
        };
        Ok(document.channels.iter().filter(is_seen).map(line).collect())
    }

    /// Changes what a channel wants to hear of, and when: a new version of the document of alerts, in which all else stays as it is written.
    ///
    /// # Errors
    /// When there is no such channel that they may change, or what they want makes no sense; nothing is then published.
    pub async fn change_alert_preferences(
        &self,
        principal: &Principal,
        channel: &str,
        wanted: &WrittenPreferences,
        dry_run: bool,
    ) -> Result<Published, Error> {
        // Whether there is one is not everybody's to know.
        let none = || Error::Nothing(format!("there is no channel {channel:?} whose preferences {} may change", principal.name));
        if !may_change(principal, channel) {
            return Err(none());
        }
        let document = self.document(DocumentKind::Alerts).await?;
        if alerts_of(&document.content, "alerts")?.channel(channel).is_none() {
            return Err(none());
        }
        let text = wanted.within(&document.content, channel).map_err(Error::Invalid)?;
        let (kind, version) = (DocumentKind::Alerts, Some(document.version));
        self.replace_document(kind, &text, &principal.name, version, dry_run).await
    }
}

fn sees_all(principal: &Principal) -> bool {
    principal.may(Permission::Operate) && principal.grant.is_whole()
}

fn may_change(principal: &Principal, channel: &str) -> bool {
    principal.name == channel || principal.may(Permission::Publish) && principal.grant.is_whole()
}

fn told_at(destination: &Destination) -> Vec<String> {
    match destination {
        Destination::Email { to } => to.clone(),
        Destination::Http { address, .. } => vec![match &address.url {
            Url::Plain(url) => url.clone(),
            Url::Secret(name) => name.to_string(),
        }],
    }
}
