//! The object store as browsers meet it: only by signed addresses, only as long as these last, only from our own pages.

use std::time::Duration;

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::{Client, Config};
use http::{Method, StatusCode};
use veza_standalone::servers::Server;
use veza_standalone::testing::{Servers, eventually};

const BUCKET: &str = "signatures";
const BODY: &str = "sound";

/// Signs for the store with this secret.
fn signer(endpoint: &str, secret: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(Credentials::new("veza", secret, None, None, "test"))
        .force_path_style(true);
    Client::from_conf(config.build())
}

fn lasting(time: Duration) -> PresigningConfig {
    PresigningConfig::expires_in(time).unwrap()
}

async fn put(client: &Client, key: &str) -> StatusCode {
    let signed = client
        .put_object()
        .bucket(BUCKET)
        .key(key)
        .presigned(lasting(Duration::from_secs(60)))
        .await
        .unwrap();
    let mut request = reqwest::Client::new().put(signed.uri()).body(BODY);
    for (name, value) in signed.headers() {
        request = request.header(name, value);
    }
    request.send().await.unwrap().status()
}

async fn signed_get(client: &Client, key: &str, time: Duration) -> String {
    let signed = client
        .get_object()
        .bucket(BUCKET)
        .key(key)
        .presigned(lasting(time))
        .await;
    signed.unwrap().uri().to_owned()
}

async fn status_of(url: &str) -> StatusCode {
    reqwest::get(url).await.unwrap().status()
}

#[tokio::test]
async fn only_what_is_signed_by_the_secret_is_taken() {
    let servers = Servers::shared().await;
    servers.objects.create_bucket(BUCKET).unwrap();
    let ours = signer(&servers.objects.url(), "veza-secret");
    assert_eq!(put(&ours, "a").await, StatusCode::OK);

    let url = signed_get(&ours, "a", Duration::from_secs(60)).await;
    assert_eq!(
        reqwest::get(&url).await.unwrap().text().await.unwrap(),
        BODY
    );
    assert_eq!(
        status_of(&url.replace("/a?", "/b?")).await,
        StatusCode::FORBIDDEN,
        "another object"
    );
    let (address, _) = url.split_once('?').unwrap();
    assert_eq!(
        status_of(address).await,
        StatusCode::FORBIDDEN,
        "no signature"
    );

    let forger = signer(&servers.objects.url(), "guessed");
    assert_eq!(put(&forger, "c").await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_signed_address_expires() {
    let servers = Servers::shared().await;
    servers.objects.create_bucket(BUCKET).unwrap();
    let ours = signer(&servers.objects.url(), "veza-secret");
    assert_eq!(put(&ours, "brief").await, StatusCode::OK);
    let url = signed_get(&ours, "brief", Duration::from_secs(5)).await;
    assert_eq!(status_of(&url).await, StatusCode::OK);
    eventually(Duration::from_secs(20), || async {
        status_of(&url).await == StatusCode::FORBIDDEN
    })
    .await;
}

#[tokio::test]
async fn only_our_own_pages_may_use_signed_addresses() {
    let servers = Servers::shared().await;
    let url = format!("{}/{BUCKET}/a", servers.objects.url());
    let preflight = |origin: &'static str| {
        let request = reqwest::Client::new()
            .request(Method::OPTIONS, &url)
            .header("Origin", origin);
        let request = request.header("Access-Control-Request-Method", "PUT");
        request
            .header("Access-Control-Request-Headers", "content-type")
            .send()
    };
    let own = servers.objects.origins[0].clone();
    let answer = preflight(String::leak(own.clone())).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["access-control-allow-origin"], own);
    assert!(
        answer.headers()["access-control-allow-methods"]
            .to_str()
            .unwrap()
            .contains("PUT")
    );
    assert_eq!(
        answer.headers()["access-control-allow-headers"],
        "content-type"
    );

    let answer = preflight("https://elsewhere.example").await.unwrap();
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
}
