use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::Response;
use tower::ServiceExt;

async fn ask(method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
    let api = Router::new().fallback(async || (StatusCode::IM_A_TEAPOT, "the API"));
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    super::around(api).oneshot(request.body(axum::body::Body::empty()).unwrap()).await.unwrap()
}

fn text<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers()[name].to_str().unwrap()
}

#[tokio::test]
async fn every_page_is_the_application_and_forbids_what_is_inline() {
    for path in ["/", "/explorer?rows=ServiceName", "/units/claims"] {
        let page = ask("GET", path, &[("accept", "text/html,*/*")]).await;
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        assert!(text(&page, "content-security-policy").contains("script-src 'self'; style-src 'self'"), "{path}");
        assert_eq!(text(&page, "cache-control"), "no-cache");
        let body = to_bytes(page.into_body(), 1 << 20).await.unwrap();
        let html = std::str::from_utf8(&body).unwrap();
        assert!(html.contains("<div id=\"app\">"), "{html}");
        assert!(!html.contains("<style") && !html.contains("style="), "{html}");
        let scripts: Vec<_> = html.split("<script").skip(1).collect();
        assert!(!scripts.is_empty() && scripts.iter().all(|script| script.contains("src=\"/assets/")), "{html}");
    }
}

#[tokio::test]
async fn the_api_keeps_its_paths_and_what_no_browser_asks() {
    for (method, path, accept) in [
        ("GET", "/v1/status", "text/html"),
        ("GET", "/openapi.json", "text/html"),
        ("GET", "/metrics", "*/*"),
        ("POST", "/", "text/html"),
        ("GET", "/no-such-thing", "application/json"),
    ] {
        let answer = ask(method, path, &[("accept", accept)]).await;
        assert_eq!(answer.status(), StatusCode::IM_A_TEAPOT, "{method} {path}");
    }
}

#[tokio::test]
async fn hashed_files_are_kept_for_ever_compressed_and_not_sent_twice() {
    let script = super::asset::hashed_script();
    let sent = ask("GET", &script, &[("accept-encoding", "gzip, br")]).await;
    assert_eq!(text(&sent, "content-encoding"), "br");
    assert_eq!(text(&sent, "content-type"), "text/javascript; charset=utf-8");
    assert!(text(&sent, "cache-control").contains("immutable"));
    let tag = text(&sent, "etag").to_owned();
    let zipped = ask("GET", &script, &[("accept-encoding", "gzip;q=0.5")]).await;
    assert_eq!(text(&zipped, "content-encoding"), "gzip");
    let whole = ask("GET", &script, &[]).await;
    assert!(!whole.headers().contains_key(header::CONTENT_ENCODING));
    let again = ask("GET", &script, &[("if-none-match", &tag)]).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(text(&again, "etag"), tag);
}
