//! A believable demo on a fresh installation: accounts, a catalog with audio, a marketplace, 90 days of plays and of trade, and
//! a live stream. Through the ordinary doors, as clients of the API and of ingest; only the trade of the past is written into
//! Postgres ([`market`]).
//!
//! Every step can be repeated: what is there stays as it is, so a demo that was interrupted goes on where it was.

mod activity;
mod audio;
mod catalog;
mod market;
mod people;
mod progress;
mod site;

use std::path::PathBuf;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use url::Url;
use veza_players::client::{Credentials, Installation};
use veza_players::simulate::{Options, Simulation};

use crate::services::Service;
use crate::status::Login;
use crate::supervisor::Lines;

pub use progress::Progress;

/// The password of every account of the demo; they are for loopback only.
pub const PASSWORD: &str = "veza-demo";
/// Who administers the demo.
pub const ADMIN: &str = "admin@demo.veza.local";

/// How much history a fresh demo has.
const HISTORY: SignedDuration = SignedDuration::from_hours(24 * 90);
/// A stop shorter than this leaves its gap; a longer one is filled at the next start.
const GAP: SignedDuration = SignedDuration::from_mins(10);
/// Until the next try, when the services don't answer.
const PAUSE: Duration = Duration::from_secs(5);
/// How often it is written down how far the live stream is.
const NOTE_INTERVAL: Duration = Duration::from_secs(60);

/// What the demo is made with.
pub struct Demo<'a> {
    pub api: &'a Service,
    pub api_url: Url,
    pub ingest_url: Url,
    pub postgres_url: String,
    pub user_agents: PathBuf,
    pub geoip: Vec<PathBuf>,
    pub lines: &'a Lines,
}

impl Demo<'_> {
    /// Makes the demo and plays its live stream; never ends. Failures are said and tried again.
    pub async fn run(&self, mut progress: Progress, on_logins: impl Fn(Vec<Login>)) {
        let mut said = String::new();
        loop {
            if let Err(error) = self.go_on(&mut progress, &on_logins).await {
                let failure = format!("the demo waits: {error:#}");
                if failure != said {
                    self.lines.say(&failure);
                    said = failure;
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn go_on(
        &self,
        progress: &mut Progress,
        on_logins: &impl Fn(Vec<Login>),
    ) -> anyhow::Result<()> {
        let site = site::Site::new(self.api_url.clone());
        if !progress.seeded {
            people::make_admin(self.api).await?;
            let creators = people::make_accounts(&site).await?;
            on_logins(people::logins());
            activity::sign_up(self.api, progress.until).await?;
            catalog::publish(&site, &creators, progress.until, self.lines).await?;
            market::open(
                &site,
                &creators,
                &self.postgres_url,
                progress.until,
                self.lines,
            )
            .await?;
        } else {
            on_logins(people::logins());
        }
        let credentials = Credentials {
            email: ADMIN.into(),
            password: PASSWORD.into(),
        };
        let installation =
            Installation::new(self.api_url.clone(), self.ingest_url.clone(), credentials)?;
        let options = Options {
            user_agents: self.user_agents.clone(),
            geoip: self.geoip.clone(),
            // Who has changed the buyer's password goes without its listening, not without the stream.
            accounts: people::buyer(&site).await.into_iter().collect(),
            ..Options::default()
        };
        let tracks = installation.tracks().await?;
        // Reads large files and looks addresses up for a second.
        let simulation =
            tokio::task::spawn_blocking(move || Simulation::new(&options, tracks)).await??;
        self.tell_history(&simulation, &installation, progress)
            .await?;
        let listening = simulation.live(&installation, None, |_| {});
        tokio::select! {
            ended = listening => Ok(ended?),
            error = note_time(progress) => Err(error),
        }
    }

    /// Reports what was played before now and is not told yet.
    async fn tell_history(
        &self,
        simulation: &Simulation,
        installation: &Installation,
        progress: &mut Progress,
    ) -> anyhow::Result<()> {
        let (from, to) = match progress.seeded {
            false => (progress.until - HISTORY, progress.until),
            true => (progress.until, Timestamp::now()),
        };
        if to.duration_since(from) > GAP {
            let bar = self.lines.bar("listening history, in minutes");
            let told = simulation.backfill(installation, from, to, &bar).await;
            bar.finish_and_clear();
            let told = told?;
            let (plays, refused) = (told.plays, told.refused);
            self.lines.say(&format!(
                "the demo has {plays} plays more, {refused} reports refused"
            ));
        }
        progress.advance(to)
    }
}

/// Writes down every minute how far the live stream is. Ends only with an error.
async fn note_time(progress: &mut Progress) -> anyhow::Error {
    loop {
        tokio::time::sleep(NOTE_INTERVAL).await;
        if let Err(error) = progress.advance(Timestamp::now()) {
            return error;
        }
    }
}
