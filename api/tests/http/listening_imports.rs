//! `POST /me/listening/imports`: a history as it was downloaded becomes the listener's own listening, and each hearing is
//! accounted for.

use std::io::{Cursor, Write};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use veza_standalone::testing::{Installation, Service, eventually};

use crate::support::{Answer, Api, Person};

const PATH: &str = "/api/v1/me/listening/imports";

/// An API with the pipeline that it reports to.
struct World {
    api: Api,
    ingest: Service,
    _aggregator: Service,
    listener: Person,
}

impl World {
    async fn new() -> Self {
        let veza = Installation::new().await;
        let (ingest, aggregator) = tokio::join!(veza.start_ingest(), veza.start_aggregator());
        let api = Api::on(veza, &[("VEZA_API_INGEST_INTERNAL_URL", ingest.url())]).await;
        let listener = api.user().await;
        Self {
            api,
            ingest,
            _aggregator: aggregator,
            listener,
        }
    }

    async fn send(&self, name: &str, file: Vec<u8>) -> Answer {
        send(&self.api, &self.listener, name, file).await
    }

    async fn import(&self, id: &Value) -> Value {
        let path = format!("{PATH}/{}", id.as_str().unwrap());
        let answer = self.api.get(&path, &self.listener.token).await;
        answer.data().clone()
    }

    /// What became of it, once it is over.
    async fn ended(&self, begun: &Answer) -> Value {
        begun.assert_status(202);
        let id = &begun.data()["id"];
        eventually(Duration::from_secs(60), || async {
            let import = self.import(id).await;
            if import["ended_at"].is_null() {
                Err(import)
            } else {
                Ok(import)
            }
        })
        .await
    }

    /// Until it has been cut off in the middle of being reported.
    async fn until_sending(&self, begun: &Answer) {
        begun.assert_status(202);
        let id = &begun.data()["id"];
        eventually(Duration::from_secs(30), || async {
            self.import(id).await["state"] == "sending"
        })
        .await;
    }

    /// The listener's plays that count, with whom and what they heard.
    async fn listened(&self) -> Value {
        let path = "/api/v1/me/listening?from=2015-01-01&to=2030-01-01";
        let answer = self.api.get(path, &self.listener.token).await;
        answer.data()["summary"].clone()
    }
}

async fn send(api: &Api, listener: &Person, name: &str, file: Vec<u8>) -> Answer {
    let request = api.request(Method::POST, PATH, &listener.token);
    api.read(request.query(&[("name", name)]).body(file)).await
}

/// An entry of Spotify's extended streaming history.
fn entry(ended_at: Timestamp, title: &str, heard_ms: u64) -> Value {
    json!({
        "ts": ended_at.to_string(), "platform": "ios", "ms_played": heard_ms, "conn_country": "FR",
        "master_metadata_track_name": title, "master_metadata_album_artist_name": "Odile Marchetti",
        "episode_name": null, "ip_addr": "203.0.113.9",
    })
}

/// 30 hearings of 3 tracks that were heard for 200 s each once, an hour apart; 20 of them count, 10 are too short.
fn hearings() -> Vec<Value> {
    let begin: Timestamp = "2021-03-01T06:00:00Z".parse().unwrap();
    (0..30)
        .map(|n| {
            let heard_ms = if n % 3 == 2 { 9_000 } else { 200_000 - n };
            let title = format!("Track {}", n / 3 % 3);
            entry(
                begin + SignedDuration::from_hours(n as i64),
                &title,
                heard_ms,
            )
        })
        .collect()
}

fn zip(files: &[(&str, String)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A whole export: hearings, one from before there was anything, a podcast, a file that is broken, one that is none.
fn export() -> Vec<u8> {
    let mut entries = hearings();
    entries.push(entry(
        "1999-12-31T00:00:00Z".parse().unwrap(),
        "Track 0",
        200_000,
    ));
    entries
        .push(json!({"ts": "2021-01-01T00:00:00Z", "ms_played": 1, "episode_name": "An episode"}));
    zip(&[
        (
            "S/Streaming_History_Audio_2021_0.json",
            json!(entries).to_string(),
        ),
        (
            "S/Streaming_History_Audio_2021_1.json",
            "[\n{\"ts\": \"yesterday\"}]".into(),
        ),
        ("S/ReadMeFirst.pdf", "%PDF".into()),
    ])
}

#[tokio::test]
async fn each_hearing_is_accounted_for_once_however_often_it_is_brought() {
    let world = World::new().await;
    let begun = world.send("my_spotify_data.zip", export()).await;
    assert_eq!(begun.data()["file_name"], "my_spotify_data.zip");
    let import = world.ended(&begun).await;
    assert_eq!(import["state"], "done", "{import}");
    assert_eq!(
        (&import["hearings"], &import["sent"]),
        (&json!(31), &json!(31))
    );
    let left_out = json!({"podcasts": 1, "audiobooks": 0, "untitled": 0});
    assert_eq!(
        import["summary"],
        json!({
            "files": 1, "tracks": 3, "counted": 20, "duplicate": 0, "excluded": [{"reason": "too_short", "hearings": 10}],
            "rejected": [{"code": "too_old", "hearings": 1}], "waiting": 0, "left_out": left_out,
        })
    );
    let broken = &import["broken"];
    let file = "my_spotify_data.zip: S/Streaming_History_Audio_2021_1.json";
    assert_eq!(
        (&broken[0]["file"], &broken[0]["line"]),
        (&json!(file), &json!(2))
    );
    assert_eq!(broken.as_array().unwrap().len(), 1);

    let listened = world.listened().await;
    assert_eq!(listened["total"]["plays"], 20);
    assert_eq!(listened["artists"][0]["artist"], "Odile Marchetti");
    assert_eq!(listened["tracks"].as_array().unwrap().len(), 3);

    // The same file again, and a part of it in the other format.
    let again = world.ended(&world.send("again.zip", export()).await).await;
    assert_eq!(again["summary"]["counted"], 0);
    assert_eq!(again["summary"]["duplicate"], 30);
    let account_data = json!([{
        "endTime": "2021-03-01 06:00", "artistName": "Odile Marchetti", "trackName": "Track 0", "msPlayed": 200_000,
    }]);
    let other = world
        .send(
            "StreamingHistory_music_0.json",
            account_data.to_string().into(),
        )
        .await;
    assert_eq!(world.ended(&other).await["summary"]["duplicate"], 1);
    assert_eq!(world.listened().await, listened);

    // Nobody's business but the listener's.
    let stranger = world.api.user().await;
    let path = format!("{PATH}/{}", import["id"].as_str().unwrap());
    world
        .api
        .get(&path, &stranger.token)
        .await
        .assert_problem(404, "not_found", "");
    assert_eq!(
        world.api.get(PATH, &stranger.token).await.data(),
        &json!([])
    );
    // The latest first, a page at a time; forgotten with the listening.
    let first = world
        .api
        .get(&format!("{PATH}?limit=2"), &world.listener.token)
        .await;
    let names: Vec<_> = first
        .data()
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["file_name"].clone())
        .collect();
    assert_eq!(names, ["StreamingHistory_music_0.json", "again.zip"]);
    let cursor = first.body["meta"]["next_cursor"].as_str().unwrap();
    let rest = world
        .api
        .get(
            &format!("{PATH}?limit=2&cursor={cursor}"),
            &world.listener.token,
        )
        .await;
    assert_eq!(rest.data()[0], import);
    let erased = world
        .api
        .call(
            Method::DELETE,
            "/api/v1/me/listening",
            &world.listener.token,
        )
        .await;
    erased.assert_status(202);
    assert_eq!(
        world.api.get(PATH, &world.listener.token).await.data(),
        &json!([])
    );
}

#[tokio::test]
async fn what_is_no_history_is_refused_with_what_would_be_and_leaves_nothing() {
    let api = Api::start().await;
    let listener = api.user().await;
    let whole = export();
    let holiday = zip(&[("holiday.jpg", "JFIF".into())]);
    for (name, file, code) in [
        ("letter.pdf", b"%PDF-1.7, of course".to_vec(), "no_history"),
        ("empty.json", Vec::new(), "no_history"),
        ("holiday.zip", holiday, "no_history"),
        (
            "cut.zip",
            whole[..whole.len() / 2].to_vec(),
            "damaged_archive",
        ),
    ] {
        let answer = send(&api, &listener, name, file).await;
        answer.assert_problem(422, code, "file");
        let detail = answer.body["detail"].as_str().unwrap();
        let advice = match code {
            "no_history" => "these are read: Spotify's StreamingHistory_music_*.json",
            _ => "download it again",
        };
        assert!(detail.contains(name) && detail.contains(advice), "{detail}");
    }
    let nameless = api.request(Method::POST, PATH, &listener.token).body(whole);
    api.read(nameless)
        .await
        .assert_problem(422, "missing_field", "name");

    // One byte too many is refused by its announcement.
    let address = api.service.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST {PATH}?name=a.zip HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\nPK",
        listener.token,
        (128 << 20) + 1
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 4_096];
    let length = stream.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(
        answer.starts_with("HTTP/1.1 413") && answer.contains("\"too_large\""),
        "{answer}"
    );

    assert_eq!(api.get(PATH, &listener.token).await.data(), &json!([]));
}

#[tokio::test]
async fn an_archive_of_broken_files_fails_and_names_each() {
    let world = World::new().await;
    let file = zip(&[
        ("endsong_0.json", "[{\"ts\": 5}]".into()),
        ("endsong_1.json", "[\n\n{".into()),
    ]);
    let import = world.ended(&world.send("broken.zip", file).await).await;
    assert_eq!(
        (&import["state"], &import["failure"]),
        (&json!("failed"), &json!("damaged"))
    );
    let lines: Vec<_> = import["broken"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["line"].clone())
        .collect();
    assert_eq!(lines, [1, 3]);
    assert_eq!(import["summary"], Value::Null);
}

#[tokio::test]
async fn one_that_a_restart_cuts_off_is_interrupted_and_can_be_sent_again() {
    let world = World::new().await;
    // Ingest hangs, and so does every import.
    world.ingest.pause();
    let cut = world.send("cut.zip", export()).await;
    world.until_sending(&cut).await;
    let second = world.send("second.zip", export()).await;
    second.assert_problem(409, "import_running", "");
    // An orderly end is told at once.
    world.api.service.terminate().await;
    world.api.service.restart().await;
    assert_eq!(
        world.import(&cut.data()["id"]).await["state"],
        "interrupted"
    );

    // A crash is told after half a minute, as if that had passed.
    let crashed = world.send("crashed.zip", export()).await;
    world.until_sending(&crashed).await;
    world.api.service.restart().await;
    assert_eq!(
        world.import(&crashed.data()["id"]).await["state"],
        "sending"
    );
    sqlx::query(
        "UPDATE listening_imports SET seen_at = now() - interval '1 minute' WHERE ended_at IS NULL",
    )
    .execute(world.api.db())
    .await
    .unwrap();
    assert_eq!(
        world.import(&crashed.data()["id"]).await["state"],
        "interrupted"
    );

    world.ingest.resume();
    let import = world.ended(&world.send("again.zip", export()).await).await;
    assert_eq!(import["state"], "done", "{import}");
    assert_eq!(world.listened().await["total"]["plays"], 20);
    assert!(!world.import(&crashed.data()["id"]).await["ended_at"].is_null());
}
