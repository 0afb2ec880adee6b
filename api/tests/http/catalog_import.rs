//! `POST /catalog/import`: the same track has the same id, however often and however it is written.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::{Api, Person};

struct Import {
    api: Api,
    creator: Person,
    token: String,
}

impl Import {
    async fn new() -> Self {
        let api = Api::start().await;
        let (creator, admin) = (api.creator().await, api.admin().await);
        let token = api.machine(&admin, "plays:import").await;
        Self {
            api,
            creator,
            token,
        }
    }

    /// Ids of the tracks, under the creator.
    async fn ids(&self, tracks: &[Value]) -> Vec<String> {
        let body = json!({"creator": self.creator.email, "tracks": tracks});
        let answer = self
            .api
            .post("/api/v1/catalog/import", &self.token, body)
            .await;
        let ids = answer.data()["ids"].as_array().unwrap();
        ids.iter()
            .map(|id| id.as_str().unwrap().to_owned())
            .collect()
    }

    async fn duration(&self, id: &str) -> (i64, bool) {
        let track = self
            .api
            .get(&format!("/api/v1/tracks/{id}"), "")
            .await
            .data()
            .clone();
        (
            track["duration_ms"].as_i64().unwrap(),
            track["duration_estimated"].as_bool().unwrap(),
        )
    }

    async fn tracks(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM tracks")
            .fetch_one(self.api.db())
            .await
            .unwrap()
    }
}

fn track(artist: &str, title: &str) -> Value {
    json!({"artist": artist, "title": title, "duration_ms": 200_000})
}

fn estimated(duration_ms: u32) -> Value {
    json!({"artist": "a", "title": "b", "duration_ms": duration_ms, "duration_estimated": true})
}

#[tokio::test]
async fn the_same_track_has_the_same_id_within_a_request_and_across_them() {
    let import = Import::new().await;
    let first = import
        .ids(&[
            track("Beyoncé", "Déjà Vu"),
            track("ABBA", "Waterloo"),
            track("BEYONCE\u{301}", " déjà   vu "),
        ])
        .await;
    assert_eq!(first[0], first[2]);
    assert_ne!(first[0], first[1]);
    let again = import
        .ids(&[track("ａｂｂａ", "WATERLOO"), track("beyoncé", "Déjà Vu")])
        .await;
    assert_eq!(again, [first[1].clone(), first[0].clone()]);
    assert_eq!(import.tracks().await, 2);
}

#[tokio::test]
async fn imports_at_once_agree() {
    let import = Import::new().await;
    let tracks: Vec<Value> = (0..200)
        .map(|n| track("Artist", &format!("Title {n}")))
        .collect();
    let reversed: Vec<Value> = tracks.iter().rev().cloned().collect();
    let requests = (0..6).map(|n| import.ids(if n % 2 == 0 { &tracks } else { &reversed }));
    let answers = join_all(requests).await;
    for (n, mut ids) in answers.clone().into_iter().enumerate() {
        if n % 2 == 1 {
            ids.reverse();
        }
        assert_eq!(ids, answers[0]);
    }
    assert_eq!(import.tracks().await, 200);
}

#[tokio::test]
async fn an_estimated_duration_grows_and_yields_to_a_known_one_for_good() {
    let import = Import::new().await;
    let id = import.ids(&[estimated(30_000), estimated(60_000)]).await[0].clone();
    assert_eq!(
        import.duration(&id).await,
        (60_000, true),
        "the longest of the request"
    );
    import.ids(&[estimated(50_000)]).await;
    assert_eq!(import.duration(&id).await, (60_000, true));
    import.ids(&[estimated(90_000)]).await;
    assert_eq!(import.duration(&id).await, (90_000, true));
    import
        .ids(&[json!({"artist": "a", "title": "b", "duration_ms": 80_000})])
        .await;
    assert_eq!(import.duration(&id).await, (80_000, false));
    import.ids(&[estimated(99_000)]).await;
    import
        .ids(&[json!({"artist": "a", "title": "b", "duration_ms": 70_000})])
        .await;
    assert_eq!(import.duration(&id).await, (80_000, false));
}

#[tokio::test]
async fn without_a_creator_tracks_belong_to_the_library_which_the_public_list_leaves_out() {
    let import = Import::new().await;
    let body = json!({"tracks": [track("a", "b")]});
    let answer = import
        .api
        .post("/api/v1/catalog/import", &import.token, body.clone())
        .await;
    let again = import
        .api
        .post("/api/v1/catalog/import", &import.token, body)
        .await;
    assert_eq!(answer.data(), again.data());
    let id = answer.data()["ids"][0].as_str().unwrap();
    let track = import
        .api
        .get(&format!("/api/v1/tracks/{id}"), "")
        .await
        .data()
        .clone();
    assert_ne!(track["creator_id"], import.creator.creator_id);
    assert_eq!(
        import.api.get("/api/v1/tracks", "").await.data(),
        &json!([])
    );
    let creators = import.api.get("/api/v1/creators", "").await;
    assert_eq!(
        creators.data().as_array().unwrap().len(),
        1,
        "the library is not listed"
    );
}

#[tokio::test]
async fn a_thousand_tracks_are_taken_and_one_more_is_not() {
    let import = Import::new().await;
    let tracks: Vec<Value> = (0..1_001)
        .map(|n| track("Artist", &format!("Title {n}")))
        .collect();
    assert_eq!(import.ids(&tracks[1..]).await.len(), 1_000);
    assert!(import.ids(&[]).await.is_empty());
    let body = json!({"tracks": tracks});
    let answer = import
        .api
        .post("/api/v1/catalog/import", &import.token, body)
        .await;
    answer.assert_problem(422, "invalid", "tracks");
}

#[tokio::test]
async fn one_bad_track_is_named_and_nothing_is_imported() {
    let import = Import::new().await;
    let cases = [
        (
            json!({"artist": "a", "title": "", "duration_ms": 1}),
            "invalid",
            "tracks[1].title",
        ),
        (
            json!({"artist": "a", "title": "b", "duration_ms": 0}),
            "invalid",
            "tracks[1].duration_ms",
        ),
        (
            json!({"artist": "a", "title": "b"}),
            "missing_field",
            "tracks[1].duration_ms",
        ),
        (
            json!({"artist": "a", "title": "b", "duration_ms": 1, "isrc": "x"}),
            "unknown_field",
            "tracks[1].isrc",
        ),
    ];
    for (bad, code, field) in cases {
        let body = json!({"creator": import.creator.email, "tracks": [track("a", "good"), bad]});
        let answer = import
            .api
            .post("/api/v1/catalog/import", &import.token, body)
            .await;
        answer.assert_problem(422, code, field);
    }
    let body = json!({"creator": "nobody@example.org", "tracks": [track("a", "b")]});
    let answer = import
        .api
        .post("/api/v1/catalog/import", &import.token, body)
        .await;
    answer.assert_problem(422, "invalid", "creator");
    assert_eq!(import.tracks().await, 0);
}
