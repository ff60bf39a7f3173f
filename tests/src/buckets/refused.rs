//! What is refused before anything is sent, and what is never shown.

use crate::support::{Home, Run};

fn ingest(home: &Home, settings: &[(&str, &str)], address: &str) -> Run {
    home.run_with(settings, &["ingest", "billing", address, "--source", "acme"])
}

#[test]
fn bills_do_not_travel_in_the_clear_unasked() {
    let home = Home::new();
    for endpoint in ["http://minio.example:9000", "HTTP://10.1.2.3", "http://localhost.example"] {
        let refused = ingest(&home, &[("FARTHING_S3_ENDPOINT", endpoint)], "s3://bills/x").exits(1);
        refused.says(&[endpoint, "no encryption", "nothing was sent", "s3_allow_http"]);
    }
}

#[test]
fn an_endpoint_is_a_server_and_no_place_for_passwords() {
    let home = Home::new();
    for endpoint in ["minio:9000", "ftp://minio", "https://", "https://user:hunter2@minio", "https://minio/?x=hunter2"] {
        let run = ingest(&home, &[("AWS_ENDPOINT_URL_S3", endpoint)], "s3://bills/x").exits(1).says(&["s3_endpoint"]);
        assert!(!run.stderr.contains("user:hunter2"), "{run}");
    }
}

#[test]
fn an_address_names_a_bucket_and_a_prefix() {
    let home = Home::new();
    for address in ["s3://", "s3:///x", "s3://a b/x", "s3://../x", "s3://bills/a//b", "s3://bills/../x"] {
        ingest(&home, &[], address).exits(1).says(&[address, "nothing was imported"]);
    }
}

#[test]
fn secrets_are_not_shown() {
    let home = Home::new().file("secret.txt", "from-a-file\n");
    let settings = [
        ("AWS_ACCESS_KEY_ID", "hidden-id"),
        ("AWS_SECRET_ACCESS_KEY", "hidden-secret"),
        ("FARTHING_S3_SESSION_TOKEN_FILE", "secret.txt"),
        ("FARTHING_S3_ENDPOINT", "https://minio.example"),
    ];
    for arguments in [&["config", "show", "--origin"][..], &["--format", "json", "config", "show", "--origin"]] {
        let shown = home.run_with(&settings, arguments).exits(0);
        assert!(!format!("{shown}").contains("hidden-") && !format!("{shown}").contains("from-a-file"), "{shown}");
        shown.shows(&["AWS_SECRET_ACCESS_KEY", "FARTHING_S3_SESSION_TOKEN_FILE", "(set, not shown)", "https://minio.example"]);
    }
    home.run_with(&[("FARTHING_S3_ALLOW_HTTP", "perhaps")], &["status"]).exits(64).says(&["s3_allow_http", "perhaps"]);
}
