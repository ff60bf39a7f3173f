//! Calls and their pages: what all questions to the Cost Explorer have in common.

use std::collections::HashSet;
use std::future::Future;

use aws_sdk_costexplorer::Client as Sdk;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::client::Client;
use super::price_of_a_page;
use crate::aws::failure;
use crate::source::CollectError;

/// Pages of one answer, beyond which it is taken for one without end.
const MOST_PAGES: usize = 10_000;
/// How often an answer that changes under way is begun anew.
const BEGINNINGS: usize = 4;
/// Errors after which the pages before this one no longer belong to it.
const CHANGES: [&str; 2] = ["RequestChangedException", "InvalidNextTokenException"];
/// What the service says where it has nothing to say: no plans, or too little history.
const NOTHING: &str = "DataUnavailableException";

/// What one attempt at the pages of an answer gave.
enum Attempt<T> {
    Is(T),
    /// The answer changed while it was read.
    Changed(String),
    /// There is none.
    Nothing,
}

impl Client<'_> {
    /// What all pages of one answer say, in their order, begun anew where it changes under way; `None` where the service has no such data.
    ///
    /// `send` asks for a page by its token, `read` adds what a page says to what was read, `next` gives the token of the page after it.
    pub(super) async fn pages<P, E, T, F>(
        &self,
        call: &'static str,
        send: impl Fn(Sdk, Option<String>) -> F,
        read: impl Fn(&P, &mut Vec<T>) -> Result<(), CollectError>,
        next: impl Fn(&P) -> Option<&str>,
    ) -> Result<Option<Vec<T>>, CollectError>
    where
        F: Future<Output = Result<P, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let mut said = String::new();
        for _ in 0..BEGINNINGS {
            match self.once(call, &send, &read, &next).await? {
                Attempt::Is(all) => return Ok(Some(all)),
                Attempt::Nothing => return Ok(None),
                Attempt::Changed(why) => said = why,
            }
        }
        Err(CollectError::Incomplete { call, said: format!("it changed under way {BEGINNINGS} times ({said})") })
    }

    async fn once<P, E, T, F>(
        &self,
        call: &'static str,
        send: &impl Fn(Sdk, Option<String>) -> F,
        read: &impl Fn(&P, &mut Vec<T>) -> Result<(), CollectError>,
        next: &impl Fn(&P) -> Option<&str>,
    ) -> Result<Attempt<Vec<T>>, CollectError>
    where
        F: Future<Output = Result<P, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let (mut all, mut token, mut tokens) = (Vec::new(), None::<String>, HashSet::new());
        for _ in 0..MOST_PAGES {
            let page = match self.page(call, send, token).await? {
                Attempt::Is(page) => page,
                Attempt::Changed(why) => return Ok(Attempt::Changed(why)),
                Attempt::Nothing => return Ok(Attempt::Nothing),
            };
            read(&page, &mut all)?;
            match next(&page) {
                None => return Ok(Attempt::Is(all)),
                // A token that came before leads to a page that came before.
                Some(next) if !tokens.insert(next.to_owned()) => {
                    let said = "its pages lead in a circle: a page's token came twice".to_owned();
                    return Err(CollectError::Incomplete { call, said });
                }
                Some(next) => token = Some(next.to_owned()),
            }
        }
        Err(CollectError::Incomplete { call, said: format!("it has no end after {MOST_PAGES} pages") })
    }

    async fn page<P, E, F>(
        &self,
        call: &'static str,
        send: &impl Fn(Sdk, Option<String>) -> F,
        token: Option<String>,
    ) -> Result<Attempt<P>, CollectError>
    where
        F: Future<Output = Result<P, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let ask = || async {
            let sdk = self.sdk().await?;
            let error = match send(sdk, token.clone()).await {
                Ok(page) => return Ok(Attempt::Is(page)),
                Err(error) => error,
            };
            match error.as_service_error().and_then(ProvideErrorMetadata::code) {
                Some(code) if CHANGES.contains(&code) => return Ok(Attempt::Changed(code.to_owned())),
                Some(NOTHING) => return Ok(Attempt::Nothing),
                _ => {}
            }
            let (failure, forget) = failure(call, error);
            if forget {
                self.aws.forget_credentials().await;
            }
            Err(failure)
        };
        self.calls.make(call, price_of_a_page(), ask).await
    }

    async fn sdk(&self) -> Result<Sdk, CollectError> {
        let shared = self.aws.config().await?;
        let mut config = aws_sdk_costexplorer::config::Builder::from(&*shared);
        if let Some(endpoint) = &self.config.endpoint {
            config = config.endpoint_url(endpoint.as_str());
        }
        Ok(Sdk::from_conf(config.build()))
    }
}
