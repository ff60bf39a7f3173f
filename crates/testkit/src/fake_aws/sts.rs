//! The Security Token Service, and what the other services make of its sessions.

use super::State;
use crate::http::{Reply, Request};

fn field(request: &Request, name: &str) -> Option<String> {
    let body = String::from_utf8_lossy(&request.body).into_owned();
    let found = body.split('&').find_map(|field| field.strip_prefix(&format!("{name}=")).map(str::to_owned));
    found.map(|text| text.replace("%3A", ":").replace("%2F", "/"))
}

fn error(status: u16, code: &str) -> Reply {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>the scenario says {code}</Message></Error></ErrorResponse>"
    );
    Reply::new(status, "text/xml", body.into_bytes())
}

/// Gives out a session for the account in the role's name, if its trust allows it.
pub(super) fn assume_role(state: &mut State, request: &Request) -> Reply {
    let role = field(request, "RoleArn").unwrap_or_default();
    let account = role.split(':').nth(4).unwrap_or_default().to_owned();
    let Some(external_id) = state.scenario.accounts.get(&account) else { return error(403, "AccessDenied") };
    if state.scenario.denied.contains(&account) || *external_id != field(request, "ExternalId") {
        return error(403, "AccessDenied");
    }
    let session = format!("ASIA{}{:04}", account, state.sessions.len());
    state.sessions.push((session.clone(), account));
    let body = format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
         <AccessKeyId>{session}</AccessKeyId><SecretAccessKey>hidden</SecretAccessKey><SessionToken>token</SessionToken>\
         <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
    );
    Reply::new(200, "text/xml", body.into_bytes())
}

/// The account on whose behalf a request is signed.
pub(super) fn account(state: &State, request: &Request) -> Option<String> {
    let key = key(request)?;
    state.sessions.iter().find(|(session, _)| *session == key).map(|(_, account)| account.clone())
}

fn key(request: &Request) -> Option<String> {
    let (_, rest) = request.header("authorization")?.split_once("Credential=")?;
    Some(rest.split('/').next()?.to_owned())
}

/// Refuses what is not signed, and sessions that were used up.
pub(super) fn check(state: &State, request: &Request, operation: &str) -> Option<Reply> {
    let refuse = |code: &str| {
        let body = serde_json::json!({"__type": code, "message": format!("the scenario says {code}")});
        Some(Reply::json(400, &body).with("x-amzn-errortype", code))
    };
    let Some(key) = key(request) else { return refuse("UnrecognizedClientException") };
    if operation == "AssumeRole" || state.scenario.accounts.is_empty() {
        return None;
    }
    if !state.sessions.iter().any(|(session, _)| *session == key) {
        return refuse("AccessDeniedException");
    }
    // Calls since this session was given out, as sessions of one account follow each other.
    let used = state.calls.iter().rev().take_while(|call| *call != "AssumeRole").count();
    match state.scenario.calls_a_session {
        Some(most) if used > most => refuse("ExpiredTokenException"),
        _ => None,
    }
}
