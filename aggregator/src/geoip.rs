//! The GeoIP files in use, read again when one of them changes. A file that turns bad is refused with a warning, and the one
//! before it stays in use.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use tokio_util::sync::CancellationToken;
use veza_enrich::place::{Database, PlaceError, Places};

const CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// Why a file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum GeoIpError {
    #[error("GeoIP file {}: {source}", .file.display())]
    File {
        file: PathBuf,
        source: std::io::Error,
    },
    #[error(transparent)]
    Content(#[from] PlaceError),
}

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
    pub fn open(files: Vec<PathBuf>) -> Result<(Self, Watch), GeoIpError> {
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
                    tracing::warn!(file = %file.display(), %error, "GeoIP file refused; the one before it stays in use");
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

fn load(file: &Path) -> Result<Loaded, GeoIpError> {
    let unreadable = |source| GeoIpError::File {
        file: file.to_path_buf(),
        source,
    };
    let version = version(file).map_err(unreadable)?;
    let bytes = std::fs::read(file).map_err(unreadable)?;
    let database = Database::read(&file.display().to_string(), bytes)?;
    Ok(Loaded {
        version,
        database: Arc::new(database),
    })
}

fn version(file: &Path) -> std::io::Result<Version> {
    let metadata = std::fs::metadata(file)?;
    Ok(Version {
        modified: metadata.modified()?,
        length: metadata.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use veza_enrich::mmdb::{map, write};

    fn file_of(country: &str) -> Vec<u8> {
        write(
            4,
            &[("203.0.113.0/24", map([("country_code", country.into())]))],
        )
    }

    fn country(geoip: &GeoIp) -> String {
        let address = "203.0.113.7".parse().unwrap();
        geoip.places().of(address).country.clone()
    }

    #[test]
    fn a_file_that_changes_is_read_again_and_a_bad_one_is_refused() {
        let file = std::env::temp_dir().join(format!("veza-geoip-{}.mmdb", std::process::id()));
        std::fs::write(&file, file_of("FR")).unwrap();
        let (geoip, Watch(mut loaded)) = GeoIp::open(vec![file.clone()]).unwrap();
        assert_eq!(country(&geoip), "FR");
        let mut refused = vec![None];
        let mut replace = |bytes: &[u8]| {
            std::fs::write(&file, bytes).unwrap();
            geoip.check(&mut loaded, &mut refused);
        };

        replace(b"half a file");
        assert_eq!(country(&geoip), "FR");
        replace(&file_of("DE"));
        assert_eq!(country(&geoip), "DE");
        std::fs::remove_file(&file).unwrap();
        geoip.check(&mut loaded, &mut refused);
        assert_eq!(country(&geoip), "DE");
    }

    #[test]
    fn a_start_without_a_file_that_is_configured_fails_and_names_it() {
        let refusal = GeoIp::open(vec!["/nowhere/city.mmdb".into()]).map(drop);
        let message = refusal.unwrap_err().to_string();
        assert!(
            message.starts_with("GeoIP file /nowhere/city.mmdb: "),
            "{message}"
        );
    }
}
