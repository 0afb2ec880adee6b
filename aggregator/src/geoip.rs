//! The GeoIP files in use, read again when one of them changes. A file that turns bad is refused with a warning, and the one
//! before it stays in use.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use tokio_util::sync::CancellationToken;
use veza_enrich::place::{Database, Places};

const CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// The places that rows are enriched with.
pub struct GeoIp {
    files: Vec<PathBuf>,
    current: RwLock<Arc<Places>>,
}

/// A file as it was last read.
struct Loaded {
    version: Version,
    database: Arc<Database>,
}

/// What tells a file from the one that was there before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version {
    modified: SystemTime,
    length: u64,
}

impl GeoIp {
    /// Reads `files`; without any, every place is unknown. Fails if one can't serve: at a start nothing is there to fall back on.
    pub fn open(files: Vec<PathBuf>) -> anyhow::Result<(Self, Watch)> {
        let loaded: Vec<Loaded> = files
            .iter()
            .map(|file| load(file))
            .collect::<Result<_, _>>()?;
        if loaded.is_empty() {
            tracing::warn!("no GeoIP file is configured: all places are unknown");
        }
        let geoip = Self {
            files,
            current: RwLock::new(places(&loaded)),
        };
        geoip.report_age();
        Ok((geoip, Watch(loaded)))
    }

    pub fn places(&self) -> Arc<Places> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Reads files again when they change, until `stop`.
    pub async fn watch(self: Arc<Self>, Watch(mut loaded): Watch, stop: CancellationToken) {
        // What was refused is not read again until it changes.
        let mut refused: Vec<Option<Version>> = vec![None; loaded.len()];
        while stop
            .run_until_cancelled(tokio::time::sleep(CHECK_INTERVAL))
            .await
            .is_some()
        {
            let geoip = self.clone();
            let checked = tokio::task::spawn_blocking(move || {
                geoip.check(&mut loaded, &mut refused);
                (loaded, refused)
            });
            match checked.await {
                Ok(after) => (loaded, refused) = after,
                Err(error) => {
                    tracing::error!(%error, "GeoIP files are watched no longer");
                    return;
                }
            }
        }
    }

    fn check(&self, loaded: &mut [Loaded], refused: &mut [Option<Version>]) {
        for ((file, loaded), refused) in self.files.iter().zip(loaded.iter_mut()).zip(refused) {
            let Ok(version) = version(file) else { continue };
            if version == loaded.version || Some(version) == *refused {
                continue;
            }
            match load(file) {
                Ok(news) => {
                    tracing::info!(file = %file.display(), built_at = news.database.built_at(), "GeoIP file read again");
                    *loaded = news;
                }
                Err(error) => {
                    tracing::warn!(file = %file.display(), error = format!("{error:#}"), "GeoIP file refused; the one before it stays in use");
                    *refused = Some(version);
                }
            }
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = places(loaded);
        self.report_age();
    }

    fn report_age(&self) {
        let places = self.places();
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        if let Some(built_at) = places.built_at() {
            metrics::gauge!("veza_aggregator_geoip_age_seconds")
                .set(now.as_secs().saturating_sub(built_at) as f64);
        }
        metrics::counter!("veza_aggregator_geoip_unreadable_total").absolute(places.unreadable());
    }
}

/// What [`GeoIp::watch`] compares with.
pub struct Watch(Vec<Loaded>);

fn places(loaded: &[Loaded]) -> Arc<Places> {
    Arc::new(Places::new(
        loaded.iter().map(|file| file.database.clone()).collect(),
    ))
}

fn load(file: &Path) -> anyhow::Result<Loaded> {
    let version = version(file)?;
    let bytes = std::fs::read(file).with_context(|| format!("GeoIP file {}", file.display()))?;
    let database = Database::read(&file.display().to_string(), bytes)?;
    Ok(Loaded {
        version,
        database: Arc::new(database),
    })
}

fn version(file: &Path) -> anyhow::Result<Version> {
    let metadata =
        std::fs::metadata(file).with_context(|| format!("GeoIP file {}", file.display()))?;
    Ok(Version {
        modified: metadata.modified()?,
        length: metadata.len(),
    })
}
