//! The web app's files, and the headers that go with everything.

use std::path::PathBuf;

use reqwest::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING};
use uuid::Uuid;

use crate::support::Api;

const PAGE: &str = "<!doctype html><title>Veza</title>";

/// A built app, removed when dropped.
struct Built(PathBuf);

impl Built {
    fn new() -> Self {
        let dir = std::env::temp_dir().join(format!("veza-web-{}", Uuid::new_v4()));
        std::fs::create_dir_all(dir.join("assets")).unwrap();
        std::fs::write(dir.join("index.html"), PAGE).unwrap();
        std::fs::write(dir.join("favicon.svg"), "<svg/>").unwrap();
        std::fs::write(dir.join("assets/app-1a2b.js"), "export {};".repeat(1_000)).unwrap();
        Self(dir)
    }

    async fn serve(&self) -> Api {
        Api::start_with(&[("VEZA_API_WEB_DIR", self.0.to_str().unwrap())]).await
    }
}

impl Drop for Built {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn every_address_that_is_no_file_is_the_app_s_page() {
    let built = Built::new();
    let api = built.serve().await;
    for path in ["/", "/analytics/geography?tz=UTC", "/you", "/index.html"] {
        let page = reqwest::get(api.url(path)).await.unwrap();
        assert_eq!(page.status().as_u16(), 200, "{path}");
        assert_eq!(page.headers()[CACHE_CONTROL], "no-cache", "{path}");
        assert_eq!(page.text().await.unwrap(), PAGE, "{path}");
    }
    let icon = reqwest::get(api.url("/favicon.svg")).await.unwrap();
    assert_eq!(icon.text().await.unwrap(), "<svg/>");
    api.get("/api/v1/nonsense", "")
        .await
        .assert_problem(404, "not_found", "");
}

#[tokio::test]
async fn assets_are_kept_for_good_compressed_and_missing_ones_are_missing() {
    let built = Built::new();
    let api = built.serve().await;
    let request = api.client.get(api.url("/assets/app-1a2b.js"));
    let asset = request
        .header(ACCEPT_ENCODING, "gzip")
        .send()
        .await
        .unwrap();
    assert!(
        asset.headers()[CACHE_CONTROL]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
    // The client unpacks, and then takes the header away.
    assert!(!asset.headers().contains_key(CONTENT_ENCODING));
    assert!(asset.content_length().is_none_or(|length| length < 1_000));
    assert_eq!(asset.text().await.unwrap().len(), 10_000);

    let missing = reqwest::get(api.url("/assets/app-0000.js")).await.unwrap();
    assert_eq!(
        missing.status().as_u16(),
        404,
        "an old tab must not take the page for a script"
    );
    assert!(
        !missing.headers().contains_key(CACHE_CONTROL),
        "{missing:?}"
    );
}

#[tokio::test]
async fn nothing_outside_the_directory_is_served() {
    let built = Built::new();
    let api = built.serve().await;
    let secret = built
        .0
        .parent()
        .unwrap()
        .join(format!("secret-{}", Uuid::new_v4()));
    std::fs::write(&secret, "secret").unwrap();
    let name = secret.file_name().unwrap().to_str().unwrap().to_owned();
    for path in [
        "/..%2f",
        "/assets/..%2f..%2f",
        "/%2e%2e/",
        "/assets/%2e%2e/%2e%2e/",
    ] {
        let answer = reqwest::get(api.url(&format!("{path}{name}")))
            .await
            .unwrap();
        assert_ne!(answer.text().await.unwrap(), "secret", "{path}");
    }
    std::fs::remove_file(secret).unwrap();
}

#[tokio::test]
async fn browsers_are_told_to_be_careful() {
    let built = Built::new();
    let api = built.serve().await;
    for path in [
        "/",
        "/assets/app-1a2b.js",
        "/api/v1/config",
        "/api/v1/nonsense",
        "/api/docs",
    ] {
        let answer = reqwest::get(api.url(path)).await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(
            header("referrer-policy"),
            "strict-origin-when-cross-origin",
            "{path}"
        );
        let policy = header("content-security-policy");
        assert!(policy.contains("script-src 'self';"), "{policy}");
        assert!(
            policy.contains(api.veza.setting("VEZA_S3_ENDPOINT")),
            "{policy}"
        );
    }
    let config = api.get("/api/v1/config", "").await;
    assert_eq!(config.headers[CACHE_CONTROL], "no-store");
}
