//! The files of a history, wherever they lie: named one by one, in a folder, or in the zip as it was downloaded.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::ImportError;
use super::format::Format;

/// Most bytes that one file of an archive may unpack to: a zip of a few kB can hold a disk full of zeros.
const MAX_UNPACKED: u64 = 1 << 30;

/// A file that holds a history, or a part of one.
pub struct Source {
    /// As it is shown to people: `my_data.zip: MyData/StreamingHistory_music_0.json`.
    pub name: String,
    pub format: Format,
    pub bytes: Vec<u8>,
}

/// Opens what `paths` name, and hands each history over, in order.
///
/// # Errors
/// If something can't be read, or a file that was named is none of the formats. Other files of folders and archives are passed over.
pub fn each(paths: &[PathBuf], mut found: impl FnMut(Source)) -> Result<(), ImportError> {
    for path in paths {
        if path.is_dir() {
            for path in files_in(path)? {
                open(&path, false, &mut found)?;
            }
        } else {
            open(path, true, &mut found)?;
        }
    }
    Ok(())
}

/// All files below a folder, in order.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let unreadable = |source| ImportError::Unreadable {
        path: folder.to_owned(),
        source,
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            files.extend(files_in(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn open(path: &Path, named: bool, found: &mut impl FnMut(Source)) -> Result<(), ImportError> {
    let unreadable = |source| ImportError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let name = path.display().to_string();
    if is_zip(path) {
        return each_in_zip(path, found);
    }
    let by_name = Format::of_name(&name);
    if by_name.is_none() && !named {
        return Ok(());
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    // What was named was named for what it holds.
    let format = if named {
        Format::of_content(&bytes).or(by_name)
    } else {
        by_name
    };
    match format {
        Some(format) => found(Source {
            name,
            format,
            bytes,
        }),
        None => {
            return Err(ImportError::NoHistory {
                path: path.to_owned(),
            });
        }
    }
    Ok(())
}

fn is_zip(path: &Path) -> bool {
    let mut magic = [0; 4];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut magic))
        .is_ok()
        && magic == *b"PK\x03\x04"
}

fn each_in_zip(path: &Path, found: &mut impl FnMut(Source)) -> Result<(), ImportError> {
    let unreadable = |source| ImportError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let broken = |error: zip::result::ZipError| unreadable(std::io::Error::other(error));
    let mut archive = ZipArchive::new(File::open(path).map_err(unreadable)?).map_err(broken)?;
    for index in 0..archive.len() {
        let file = archive.by_index(index).map_err(broken)?;
        let inside = file.name().map_err(broken)?.into_owned();
        let Some(format) = Format::of_name(&inside).filter(|_| file.is_file()) else {
            continue;
        };
        let name = format!("{}: {inside}", path.display());
        let mut bytes = Vec::new();
        file.take(MAX_UNPACKED + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        if bytes.len() as u64 > MAX_UNPACKED {
            let reason = format!("{name} unpacks to more than {} MiB", MAX_UNPACKED >> 20);
            return Err(unreadable(std::io::Error::other(reason)));
        }
        found(Source {
            name,
            format,
            bytes,
        });
    }
    Ok(())
}
