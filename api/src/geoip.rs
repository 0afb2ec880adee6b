//! Where an address is, as evidence beside the country that a buyer declares.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use veza_enrich::place::{Database, Places};

/// Reads `files`; without any, every place is unknown.
pub fn open(files: &[PathBuf]) -> anyhow::Result<Arc<Places>> {
    let databases = files.iter().map(|file| {
        let name = file.display().to_string();
        let bytes =
            std::fs::read(file).with_context(|| format!("GeoIP file {name} (VEZA_API_GEOIP)"))?;
        Ok(Arc::new(Database::read(&name, bytes)?))
    });
    Ok(Arc::new(Places::new(
        databases.collect::<anyhow::Result<_>>()?,
    )))
}
