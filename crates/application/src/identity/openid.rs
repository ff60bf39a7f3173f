//! Signing in by an OpenID provider, and services whose access tokens it issues.

use farthing_audit::Action;
use farthing_identity::{Grant, Means, Principal};
use farthing_openid::{Attempt, Claims, IdToken, OpenId, OpenIdError, Returned, TokenError, Vouched};
use farthing_store::{Person, StoreError, Subject};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Login, named, told};
use crate::{Error, Farthing};

/// Who adds and changes people by what the provider says.
const BY: &str = "openid";
/// The longest name of a service.
const LONGEST_SERVICE: usize = 200;

/// How people can log in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WaysIn {
    /// True where they do with name and password.
    pub password: bool,
    /// What the OpenID provider is called that they sign in with; none without one.
    pub provider: Option<String>,
}

/// Why somebody who comes from the provider is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// They answer no sign-in that their browser began.
    Attempt,
    /// The provider does not vouch for them.
    Provider,
    /// What the provider gave is not believed.
    Token,
    /// They have no name here, or somebody else has it.
    Name,
    /// Their groups stand for no role.
    Role,
    /// They may do nothing any more.
    Disabled,
}

impl Refusal {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Attempt => "attempt",
            Self::Provider => "provider",
            Self::Token => "token",
            Self::Name => "name",
            Self::Role => "role",
            Self::Disabled => "disabled",
        }
    }
}

/// What came of a sign-in.
#[derive(Clone, Debug)]
pub enum SignedIn {
    /// A session began.
    In {
        /// It.
        login: Login,
        /// By what the provider knows whose session there is to end with it.
        id_token: IdToken,
    },
    /// Nobody is let in.
    Refused {
        /// Why, as a word.
        refusal: Refusal,
        /// Why, with the next step.
        why: String,
    },
}

/// Somebody who is not let in: why, and who it is where that is known.
struct Refused {
    refusal: Refusal,
    why: String,
    name: Option<String>,
}

fn refused(refusal: Refusal, why: impl Into<String>, name: Option<&str>) -> Refused {
    Refused { refusal, why: why.into(), name: name.map(str::to_owned) }
}

impl Farthing {
    /// How people can log in.
    pub fn ways_in(&self) -> WaysIn {
        let provider = self.openid.as_ref().map(|openid| openid.settings().label.clone());
        WaysIn { password: provider.is_none(), provider }
    }

    pub(super) fn provider(&self) -> Result<&OpenId, Error> {
        let none = "no OpenID provider is configured here: people log in with POST /v1/session. openid_issuer names one";
        self.openid.as_deref().ok_or_else(|| Error::Nothing(none.to_owned()))
    }

    /// Begins a sign-in: where the browser goes, and what it keeps until it comes back.
    ///
    /// # Errors
    /// When no provider is configured, or it does not answer.
    pub async fn begin_sign_in(&self) -> Result<(String, Attempt), Error> {
        let provider = self.provider()?;
        let attempt = Attempt::new().ok_or_else(|| Error::Panicked("the system gave no random numbers".to_owned()))?;
        let address = provider.address(&attempt, self.now()).await.map_err(asked)?;
        Ok((address, attempt))
    }

    /// Where a browser goes so that its session at the provider ends as well; none without a provider, where it has no such place, or does not
    /// answer: who logs out is out here in any case.
    pub async fn end_at_provider(&self, id_token: Option<&str>) -> Option<String> {
        let openid = self.openid.as_ref()?;
        match openid.end_address(id_token, self.now()).await {
            Ok(address) => address,
            Err(error) => {
                tracing::warn!("nobody can be led to the provider to log out there: {error}");
                None
            }
        }
    }

    /// Ends a sign-in: begins the session of whoever the provider vouches for, adds them or brings them up to date. What they may do is what
    /// the provider says this time.
    ///
    /// # Errors
    /// When no provider is configured, it does not answer, or the database fails.
    pub async fn finish_sign_in(&self, attempt: Option<&Attempt>, returned: &Returned) -> Result<SignedIn, Error> {
        let provider = self.provider()?;
        let vouched = match attempt {
            Some(attempt) => provider.signed_in(attempt, returned, self.now()).await,
            None => Err(OpenIdError::Attempt),
        };
        let Vouched { claims, id_token } = match vouched {
            Ok(vouched) => vouched,
            Err(error @ (OpenIdError::Unreachable { .. } | OpenIdError::Unusable { .. })) => return Err(asked(error)),
            Err(OpenIdError::Token(error)) => {
                let why = format!("the ID token is not believed: {error}");
                return self.not_let_in(refused(Refusal::Token, why, None), json!({})).await;
            }
            // Anybody can bring what answers nothing, as often as they like: the record is not theirs to fill.
            Err(error) => {
                tracing::info!("a sign-in was refused: {error}");
                let refusal = if error == OpenIdError::Attempt { Refusal::Attempt } else { Refusal::Provider };
                return Ok(SignedIn::Refused { refusal, why: error.to_string() });
            }
        };
        let subject = Subject { issuer: provider.settings().issuer.clone(), id: claims.subject().to_owned() };
        let details = json!({"issuer": subject.issuer, "subject": subject.id});
        let known = self.store.people().of_subject(&subject).await?;
        let grant = provider.grant_of_person(&claims).map_err(|why| why.to_string());
        let let_in = match (known, grant) {
            (Some(person), Ok(grant)) => self.come_back(person, grant, &details).await?,
            (Some(person), Err(why)) => {
                // What the provider took away is not used until the session's end.
                self.store.login_sessions().end_all(&person.name, self.now()).await?;
                Err(refused(Refusal::Role, why, Some(&person.name)))
            }
            (None, Ok(grant)) => self.come_first(provider, &claims, subject, grant, &details).await?,
            (None, Err(why)) => {
                let name = claims.text(&provider.settings().name_claim).filter(|name| named("person", name).is_ok());
                Err(refused(Refusal::Role, why, name))
            }
        };
        match let_in {
            Ok(login) => Ok(SignedIn::In { login, id_token }),
            Err(refused) => self.not_let_in(refused, details).await,
        }
    }

    /// Somebody who was here before.
    async fn come_back(&self, person: Person, grant: Grant, details: &Value) -> Result<Result<Login, Refused>, Error> {
        if person.disabled_at.is_some() {
            let why = format!("{} was disabled here; an administrator says why", person.name);
            return Ok(Err(refused(Refusal::Disabled, why, Some(&person.name))));
        }
        let work = self.store.begin().await?;
        if person.grant != grant {
            work.people().give(&person.name, &grant).await?;
            self.record(&work, BY, Action::UserChanged, format!("user {}", person.name), told(&grant)).await?;
        }
        Ok(Ok(self.begin_session(work, person.name, grant, details.clone()).await?))
    }

    /// Somebody who is here for the first time.
    async fn come_first(
        &self,
        provider: &OpenId,
        claims: &Claims,
        subject: Subject,
        grant: Grant,
        details: &Value,
    ) -> Result<Result<Login, Refused>, Error> {
        let claim = &provider.settings().name_claim;
        let Some(name) = claims.text(claim) else {
            let why =
                format!("the ID token has no {claim}, by which people are named here; openid_name_claim names another claim");
            return Ok(Err(refused(Refusal::Name, why, None)));
        };
        if let Err(error) = named("person", name) {
            return Ok(Err(refused(Refusal::Name, error.to_string(), None)));
        }
        if claim == "email" && claims.denies("email_verified") {
            let why = format!("{name}: the provider does not know whether this address is theirs");
            return Ok(Err(refused(Refusal::Name, why, Some(name))));
        }
        let person = Person {
            name: name.to_owned(),
            password: None,
            grant: grant.clone(),
            added_at: self.now(),
            added_by: BY.to_owned(),
            disabled_at: None,
            failures: 0,
            locked_until: None,
            subject: Some(subject.clone()),
        };
        let work = self.store.begin().await?;
        match work.people().add(&person).await {
            Err(StoreError::Conflict { .. }) => {
                let next = format!("an administrator says that it is them with `farthing users link {name} {:?}`", subject.id);
                let why = format!("somebody else is called {name} here. Where it is the same person, {next}");
                return Ok(Err(refused(Refusal::Name, why, Some(name))));
            }
            added => added?,
        }
        let mut added = told(&grant);
        added["issuer"] = json!(subject.issuer);
        added["subject"] = json!(subject.id);
        self.record(&work, BY, Action::UserAdded, format!("user {name}"), added).await?;
        Ok(Ok(self.begin_session(work, person.name, grant, details.clone()).await?))
    }

    async fn not_let_in(&self, refused: Refused, mut details: Value) -> Result<SignedIn, Error> {
        let Refused { refusal, why, name } = refused;
        details["refusal"] = json!(refusal.as_str());
        details["why"] = json!(why);
        let subject = name.as_ref().map_or_else(|| "sign-in".to_owned(), |name| format!("user {name}"));
        let work = self.store.begin().await?;
        self.record(&work, BY, Action::SessionRefused, subject, details).await?;
        work.commit().await?;
        Ok(SignedIn::Refused { refusal, why })
    }

    /// Who a bearer token stands for: a token of ours, or an access token that the provider issued to a service. None where it is no token of
    /// ours and no access tokens are taken.
    ///
    /// # Errors
    /// [`Error::Unknown`] where an access token is not believed or stands for nothing, and when the provider or the database fails.
    pub async fn principal_of_bearer(&self, text: &str) -> Result<Option<Principal>, Error> {
        let openid = self.openid.as_deref().filter(|openid| openid.settings().audience.is_some());
        let (Some(openid), true) = (openid, text.contains('.')) else { return self.principal_of_token(text).await };
        let unknown = |why: String| Error::Unknown(format!("this access token is not taken: {why}"));
        let claims = openid.bearer(text, self.now()).await.map_err(|error| match error {
            OpenIdError::Token(error) => unknown(error.to_string()),
            error => asked(error),
        })?;
        let subject = Subject { issuer: openid.settings().issuer.clone(), id: claims.subject().to_owned() };
        if self.store.people().of_subject(&subject).await?.is_some() {
            return Err(unknown("it is a person's, and people sign in with GET /v1/session/openid".to_owned()));
        }
        let claim = &openid.settings().service_claim;
        let plain =
            |name: &&str| !name.is_empty() && name.len() <= LONGEST_SERVICE && name.bytes().all(|byte| byte.is_ascii_graphic());
        let service = claims.text(claim).filter(plain);
        let service = service.ok_or_else(|| unknown(TokenError::Claim(claim.clone()).to_string()))?;
        let grant = openid.grant_of_service(&claims).map_err(|why| unknown(why.to_string()))?;
        // No person and no token has such a name.
        let name = format!("client:{service}");
        Ok(Some(Principal { name: name.clone(), grant, means: Means::Token(name) }))
    }
}

/// A provider that could not say.
fn asked(error: OpenIdError) -> Error {
    tracing::warn!("{error}");
    Error::Unavailable(error.to_string())
}
