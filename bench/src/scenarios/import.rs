//! A listening history of ten years, uploaded: how long until every hearing is accounted for, and *your listening* shows it.

use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use jiff::{SignedDuration, Timestamp};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;
use veza_standalone::servers::Server;
use veza_standalone::temporary::Temporary;

use crate::report::{Goal, Report};
use crate::stack;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Hearings of the history
    #[arg(long, default_value_t = 150_000)]
    hearings: u32,
    /// Years over which they are spread
    #[arg(long, default_value_t = 10)]
    years: u32,
    /// Different tracks
    #[arg(long, default_value_t = 12_000)]
    tracks: u32,
}

/// Of a file, as Spotify cuts its exports.
const HEARINGS_PER_FILE: u32 = 16_000;
const LOOK_PAUSE: Duration = Duration::from_millis(100);

pub async fn run(args: Args) -> anyhow::Result<Report> {
    let mut report = Report::new("import");
    let mut stack = stack::servers().await?;
    stack::start_ingest(&mut stack).await?;
    let aggregator = stack.stack.aggregator.clone();
    let aggregator = stack::start(&mut stack, aggregator, &[]).await?;
    let api = stack.stack.api.clone();
    let api = stack::start(&mut stack, api, &[]).await?;
    let listener = Listener::new(&stack).await?;
    let (export, unpacked) = export(&args)?;
    report.add("the zip", export.len() as f64 / 1e6, "MB");
    report.add("unpacked", unpacked as f64 / 1e6, "MB");

    let (cpu_of_api, cpu_of_aggregator) = (api.cpu()?, aggregator.cpu()?);
    let first = listener.bring(export.clone(), &mut report, "").await?;
    let cpu = |used: Duration| used.as_secs_f64();
    report.add("CPU time of the API", cpu(api.cpu()? - cpu_of_api), "s");
    report.add(
        "CPU time of the aggregator",
        cpu(aggregator.cpu()? - cpu_of_aggregator),
        "s",
    );
    let begun = Instant::now();
    let plays = listener.plays(args.years).await?;
    report.add(
        "your listening of all years",
        begun.elapsed().as_secs_f64() * 1_000.0,
        "ms",
    );
    ensure!(
        plays == first && first > 0,
        "the import counted {first} plays, and your listening shows {plays}"
    );
    report.add("plays that your listening shows", plays as f64, "plays");

    let second = listener
        .bring(export, &mut report, "the same again, ")
        .await?;
    ensure!(second == 0, "the same history again counted {second} plays");
    ensure!(
        listener.plays(args.years).await? == plays,
        "the same history again changed the plays"
    );
    report.note("The history, the API that reads it, and all of the pipeline share the cores.");
    stack.stop().await;
    Ok(report)
}

/// Somebody with an account.
struct Listener {
    http: reqwest::Client,
    api: String,
    token: String,
}

impl Listener {
    async fn new(stack: &Temporary) -> anyhow::Result<Self> {
        let mut postgres = PgConnection::connect(&stack.stack.postgres_url()).await?;
        let account: Uuid = sqlx::query_scalar(
            "INSERT INTO users (email, password_hash, name) VALUES ('listener@bench.example', '', 'Listener') RETURNING id",
        )
        .fetch_one(&mut postgres)
        .await?;
        Ok(Self {
            http: reqwest::Client::builder().no_proxy().build()?,
            api: stack.stack.api.url(),
            token: stack.secrets.access_token(account, "user", &[])?,
        })
    }

    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let request = self
            .http
            .get(format!("{}{path}", self.api))
            .bearer_auth(&self.token);
        Ok(request.send().await?.error_for_status()?.json().await?)
    }

    /// Brings a history in, and gives how many plays it made.
    async fn bring(&self, export: Vec<u8>, report: &mut Report, what: &str) -> anyhow::Result<u64> {
        const PATH: &str = "/api/v1/me/listening/imports";
        let begun = Instant::now();
        let url = format!("{}{PATH}?name=my_spotify_data.zip", self.api);
        let upload = self.http.post(url).bearer_auth(&self.token).body(export);
        let answer: Value = upload.send().await?.error_for_status()?.json().await?;
        let id = answer["data"]["id"]
            .as_str()
            .context("an import without an id")?;
        let mut sent_after = None;
        let import = loop {
            let import = self.get(&format!("{PATH}/{id}")).await?["data"].take();
            if import["state"] == "counting" && sent_after.is_none() {
                sent_after = Some(begun.elapsed());
            }
            if !import["ended_at"].is_null() {
                break import;
            }
            tokio::time::sleep(LOOK_PAUSE).await;
        };
        let took = begun.elapsed().as_secs_f64();
        let number = |value: &Value| value.as_u64().unwrap_or_default();
        ensure!(
            import["state"] == "done" && number(&import["summary"]["waiting"]) == 0,
            "the import ended as {import}"
        );
        if let Some(sent) = sent_after {
            report.add(
                format!("{what}until all are reported"),
                sent.as_secs_f64(),
                "s",
            );
        }
        report.add_with_goal(
            format!("{what}until all are counted"),
            took,
            "s",
            Goal::AtMost(120.0),
        );
        report.add(
            format!("{what}hearings a second"),
            number(&import["hearings"]) as f64 / took,
            "hearings/s",
        );
        Ok(number(&import["summary"]["counted"]))
    }

    /// The plays that count, as the page shows them.
    async fn plays(&self, years: u32) -> anyhow::Result<u64> {
        let day = |years_back: u32| {
            let hours = i64::from(years_back) * 366 * 24;
            (Timestamp::now() - SignedDuration::from_hours(hours))
                .strftime("%F")
                .to_string()
        };
        let tomorrow = (Timestamp::now() + SignedDuration::from_hours(24)).strftime("%F");
        let path = format!("/api/v1/me/listening?from={}&to={tomorrow}", day(years));
        let answer = self.get(&path).await?;
        answer["data"]["summary"]["total"]["plays"]
            .as_u64()
            .context("no plays are known")
    }
}

/// Spotify's extended streaming history as it is downloaded, and its size unpacked: some tracks are heard much more often than
/// others, one hearing in four is skipped, and from one to the next it is never the same time.
fn export(args: &Args) -> anyhow::Result<(Vec<u8>, usize)> {
    let mut random = ChaCha8Rng::seed_from_u64(10);
    let step = SignedDuration::from_hours(i64::from(args.years) * 8_760) / args.hearings as i32;
    let begin = Timestamp::now() - step * (args.hearings as i32 + 1);
    let hearings: Vec<u32> = (0..args.hearings).collect();
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut unpacked = 0;
    for (file, hearings) in hearings.chunks(HEARINGS_PER_FILE as usize).enumerate() {
        let entries: Vec<Value> = hearings
            .iter()
            .map(|&n| {
                let fame = random.random::<f64>().powi(3);
                let track = (fame * f64::from(args.tracks)) as u32;
                let heard_ms = match random.random_bool(0.25) {
                    true => random.random_range(1_000..25_000),
                    false => 150_000 + track % 97 * 1_000,
                };
                entry(begin + step * n as i32, track, heard_ms)
            })
            .collect();
        let bytes = serde_json::to_vec_pretty(&entries)?;
        unpacked += bytes.len();
        let name =
            format!("Spotify Extended Streaming History/Streaming_History_Audio_{file}.json");
        zip.start_file(name, zip::write::SimpleFileOptions::default())?;
        zip.write_all(&bytes)?;
    }
    Ok((zip.finish()?.into_inner(), unpacked))
}

/// With all the fields that Spotify writes.
fn entry(ended_at: Timestamp, track: u32, heard_ms: u32) -> Value {
    let uri = format!("spotify:track:{track:022}");
    json!({
        "ts": ended_at.strftime("%FT%TZ").to_string(), "platform": "Android OS 13 API 33 (samsung, SM-A536B)", "ms_played": heard_ms,
        "conn_country": "FR", "ip_addr": format!("90.{}.12.7", track % 200), "master_metadata_track_name": format!("Track {track}"),
        "master_metadata_album_artist_name": format!("Artist {}", track % 1_500), "master_metadata_album_album_name": "An album",
        "spotify_track_uri": uri, "episode_name": null, "episode_show_name": null, "spotify_episode_uri": null,
        "audiobook_title": null, "audiobook_uri": null, "audiobook_chapter_uri": null, "audiobook_chapter_title": null,
        "reason_start": "trackdone", "reason_end": "trackdone", "shuffle": false, "skipped": heard_ms < 30_000, "offline": false,
        "offline_timestamp": ended_at.as_second() - 240, "incognito_mode": false,
    })
}
