//! What AWS says, told apart: what may pass, what will not, and what only new credentials mend.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::time::Duration;

use crate::source::{CollectError, Failure};

/// Errors that ask for patience, by the names that AWS's services have for them.
const PASSING: [&str; 12] = [
    "LimitExceededException",
    "LimitExceeded",
    "LimitExceededFault",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "ServiceUnavailable",
    "InternalServiceFault",
    "InternalFailure",
];

/// Credentials that were good and are no longer.
const EXPIRED: [&str; 4] = ["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"];

/// What says that nobody let us in.
const DENIED: [&str; 7] = [
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "OptInRequired",
];

/// A failed attempt, and whether its credentials are to be forgotten before the next.
pub(crate) fn failure<E>(call: &'static str, error: SdkError<E, HttpResponse>) -> (Failure, bool)
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let again = |said: String, after| (Failure::Again { said, after }, false);
    match &error {
        SdkError::ServiceError(service) => {
            let code = service.err().code().unwrap_or_default();
            let status = service.raw().status().as_u16();
            let message: String =
                service.err().message().unwrap_or_default().chars().filter(|c| !c.is_control()).take(300).collect();
            let said = format!("{status} {code}: {message}");
            let after =
                service.raw().headers().get("retry-after").and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
            if EXPIRED.contains(&code) {
                return (Failure::Again { said, after: Some(Duration::ZERO) }, true);
            }
            // A success that is no error of the service is an answer that could not be read: it was cut on its way.
            if service.raw().status().is_success() {
                return again(format!("{status}: its answer cannot be read: {}", causes(service.err())), None);
            }
            if PASSING.contains(&code) || matches!(status, 408 | 429 | 500..) {
                return again(said, after);
            }
            match DENIED.contains(&code) || matches!(status, 401 | 403) {
                true => (CollectError::Denied { call, said }.into(), false),
                false => (CollectError::Refused { call, said }.into(), false),
            }
        }
        // Half a document, a reset, an answer that never came: what was said is in the causes.
        SdkError::ResponseError(_) | SdkError::TimeoutError(_) => again(causes(&error), None),
        SdkError::DispatchFailure(dispatch) if dispatch.is_io() || dispatch.is_timeout() => again(causes(&error), None),
        SdkError::DispatchFailure(dispatch) if dispatch.is_user() => {
            (CollectError::Refused { call, said: causes(&error) }.into(), false)
        }
        // Nothing was sent: there were no credentials to sign it with.
        _ => credentials(call, causes(&error)),
    }
}

/// The SDK reports a failure of the Security Token Service as one of the request that wanted its credentials.
fn credentials(call: &'static str, said: String) -> (Failure, bool) {
    let says = |codes: &[&str]| codes.iter().any(|code| said.contains(code));
    match !says(&DENIED) && (says(&PASSING) || says(&EXPIRED) || says(&["io error", "timeout"])) {
        true => (Failure::Again { said, after: None }, true),
        false => (CollectError::Denied { call, said }.into(), false),
    }
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let text = next.to_string();
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        cause = next.source();
    }
    said.chars().filter(|c| !c.is_control()).take(600).collect()
}
