//! The SDK's requests over the one HTTP client that there is, so that the program has one implementation of HTTP and one of TLS.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use crate::source::Http;

/// A connector for the SDK.
#[derive(Clone, Debug)]
pub(super) struct Connector(pub Http);

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let http = self.0.clone();
        HttpConnectorFuture::new(async move { send(&http, request).await })
    }
}

async fn send(http: &Http, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let wrong = |what: &str| ConnectorError::user(format!("the request has a wrong {what}").into());
    let url: Url = request.uri().parse().map_err(|_| wrong("address"))?;
    let method = Method::from_bytes(request.method().as_bytes()).map_err(|_| wrong("method"))?;
    let mut headers = HeaderMap::new();
    for (name, value) in request.headers() {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong("header"))?;
        headers.append(name, HeaderValue::from_str(value).map_err(|_| wrong("header"))?);
    }
    let body = request.body().bytes().ok_or_else(|| wrong("body: it is a stream"))?.to_vec();
    let answer = http.send(method, url, headers, body).await.map_err(|(said, slow)| match slow {
        true => ConnectorError::timeout(said.into()),
        false => ConnectorError::io(said.into()),
    })?;
    let status = StatusCode::try_from(answer.status.as_u16()).map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
    for (name, value) in &answer.headers {
        if let Ok(value) = value.to_str() {
            response.headers_mut().append(name.as_str().to_owned(), value.to_owned());
        }
    }
    Ok(response)
}
