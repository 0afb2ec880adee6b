//! Audio goes to the object store by a signed request, and comes from it by a signed address.

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Api, Person};

const SOUND: &[u8] = b"ID3 not really music";

struct Upload {
    api: Api,
    owner: Person,
    track: Uuid,
}

impl Upload {
    async fn new() -> Self {
        let api = Api::start().await;
        let owner = api.creator().await;
        let track = api.track(&owner).await;
        Self { api, owner, track }
    }

    /// `{"upload", "put"}` for [`SOUND`].
    async fn begin(&self) -> Value {
        let path = format!("/api/v1/tracks/{}/audio", self.track);
        let body = json!({"type": "audio/mpeg", "size": SOUND.len()});
        let begun = self.api.post(&path, &self.owner.token, body).await;
        begun.assert_status(201);
        begun.data().clone()
    }

    async fn complete(&self, upload: &Value) -> Answer {
        let path = format!("/api/v1/tracks/{}/audio/complete", self.track);
        self.api
            .post(&path, &self.owner.token, json!({"upload": upload}))
            .await
    }

    /// Sends `body` as `content_type`, as a browser would; the store's status.
    async fn put(&self, begun: &Value, content_type: &str, body: &'static [u8]) -> u16 {
        let url = begun["put"]["url"].as_str().unwrap();
        let request = self
            .api
            .client
            .put(url)
            .header(CONTENT_TYPE, content_type)
            .body(body);
        request.send().await.unwrap().status().as_u16()
    }
}

#[tokio::test]
async fn uploaded_audio_can_be_heard() {
    let upload = Upload::new().await;
    let begun = upload.begin().await;
    assert_eq!(begun["put"]["headers"][CONTENT_TYPE.as_str()], "audio/mpeg");
    assert_eq!(
        begun["put"]["headers"][CONTENT_LENGTH.as_str()],
        SOUND.len().to_string()
    );
    upload
        .complete(&begun["upload"])
        .await
        .assert_problem(409, "conflict", "");

    assert_eq!(upload.put(&begun, "audio/mpeg", SOUND).await, 200);
    for _ in 0..2 {
        let track = upload.complete(&begun["upload"]).await.data().clone();
        assert_eq!(track["audio"]["type"], "audio/mpeg");
        assert_eq!(track["audio"]["size"], SOUND.len());
    }

    let track = upload
        .api
        .get(&format!("/api/v1/tracks/{}", upload.track), "")
        .await;
    let url = track.data()["audio"]["url"].as_str().unwrap();
    let heard = upload.api.client.get(url).send().await.unwrap();
    assert_eq!(heard.headers()[CONTENT_TYPE], "audio/mpeg");
    assert_eq!(heard.bytes().await.unwrap(), SOUND);
    let part = upload
        .api
        .client
        .get(url)
        .header("range", "bytes=0-2")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (part.status().as_u16(), part.bytes().await.unwrap()),
        (206, SOUND[..3].into())
    );
}

#[tokio::test]
async fn the_store_takes_the_signed_size_and_type_and_no_other() {
    let upload = Upload::new().await;
    let begun = upload.begin().await;
    assert_eq!(
        upload
            .put(&begun, "audio/mpeg", b"ID3 not really musi")
            .await,
        403,
        "shorter"
    );
    assert_eq!(
        upload
            .put(&begun, "audio/mpeg", b"ID3 not really music!")
            .await,
        403,
        "longer"
    );
    assert_eq!(
        upload.put(&begun, "text/html", SOUND).await,
        403,
        "another type"
    );
    let elsewhere =
        json!({"put": {"url": begun["put"]["url"].as_str().unwrap().replace("audio/", "other/")}});
    assert_eq!(
        upload.put(&elsewhere, "audio/mpeg", SOUND).await,
        403,
        "another object"
    );
    upload
        .complete(&begun["upload"])
        .await
        .assert_problem(409, "conflict", "");
    assert_eq!(upload.put(&begun, "audio/mpeg", SOUND).await, 200);
}

#[tokio::test]
async fn an_object_without_a_signed_address_cannot_be_read() {
    let upload = Upload::new().await;
    let begun = upload.begin().await;
    upload.put(&begun, "audio/mpeg", SOUND).await;
    let track = upload.complete(&begun["upload"]).await.data().clone();
    let url = track["audio"]["url"].as_str().unwrap();
    let bare = url.split('?').next().unwrap();
    for url in [
        bare.to_owned(),
        url.replace("X-Amz-Expires=3600", "X-Amz-Expires=36000"),
    ] {
        let status = upload
            .api
            .client
            .get(&url)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16();
        assert_eq!(status, 403, "{url}");
    }
}

#[tokio::test]
async fn new_audio_takes_the_place_of_the_old_one_when_it_is_complete() {
    let upload = Upload::new().await;
    let first = upload.begin().await;
    upload.put(&first, "audio/mpeg", SOUND).await;
    let before = upload.complete(&first["upload"]).await.data().clone();
    let second = upload.begin().await;
    upload.put(&second, "audio/mpeg", SOUND).await;
    let during = upload
        .api
        .get(&format!("/api/v1/tracks/{}", upload.track), "")
        .await;
    let object = |track: &Value| {
        let url = track["audio"]["url"].as_str().unwrap();
        url.split('?').next().unwrap().to_owned()
    };
    assert_eq!(object(during.data()), object(&before));
    let after = upload.complete(&second["upload"]).await.data().clone();
    assert_ne!(object(&after), object(&before));
    upload
        .complete(&first["upload"])
        .await
        .assert_problem(409, "conflict", "");
}

#[tokio::test]
async fn an_upload_belongs_to_its_track_and_its_creator() {
    let upload = Upload::new().await;
    let begun = upload.begin().await;
    upload.put(&begun, "audio/mpeg", SOUND).await;
    let body = json!({"upload": begun["upload"]});
    let second = upload.api.track(&upload.owner).await;
    let path = format!("/api/v1/tracks/{second}/audio/complete");
    let answer = upload
        .api
        .post(&path, &upload.owner.token, body.clone())
        .await;
    answer.assert_problem(409, "conflict", "");
    let other = upload.api.creator().await;
    let path = format!("/api/v1/tracks/{}/audio/complete", upload.track);
    upload
        .api
        .post(&path, &other.token, body)
        .await
        .assert_problem(404, "not_found", "");
}

#[tokio::test]
async fn what_is_no_audio_or_too_large_is_refused_before_it_is_sent() {
    let upload = Upload::new().await;
    let path = format!("/api/v1/tracks/{}/audio", upload.track);
    let cases = [
        (json!({"type": "text/html", "size": 1}), "type"),
        (json!({"type": "audio/mpeg", "size": 0}), "size"),
        (json!({"type": "audio/mpeg", "size": 536_870_913}), "size"),
        (json!({"type": "audio/mpeg", "size": -1}), "size"),
    ];
    for (body, field) in cases {
        let answer = upload.api.post(&path, &upload.owner.token, body).await;
        answer.assert_problem(422, "invalid", field);
    }
}
