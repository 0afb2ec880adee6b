//! The files of a history, wherever they lie: named one by one, in a folder, or in the zip as it was downloaded.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::ImportError;
use super::format::{Format, HEAD_BYTES};

/// What may be unpacked: a zip of a few kB can hold a disk full of zeros.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most bytes of one file.
    pub file_bytes: u64,
    /// Most bytes of all histories of an archive.
    pub archive_bytes: u64,
}

impl Limits {
    /// For files that the operator chose.
    pub const OF_OPERATORS: Self = Self {
        file_bytes: 1 << 30,
        archive_bytes: 1 << 36,
    };
}

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
pub fn each(
    paths: &[PathBuf],
    mut found: impl FnMut(Source) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    for path in paths {
        let in_folder = path.is_dir();
        let files = if in_folder {
            files_in(path)?
        } else {
            vec![path.clone()]
        };
        for path in files {
            let name = path.display().to_string();
            let file = File::open(&path).map_err(|error| unreadable(&name, error))?;
            match Export::open(name, file) {
                Ok(export) => export.each(Limits::OF_OPERATORS, &mut found)?,
                Err(ImportError::NoHistory { .. }) if in_folder => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// All files below a folder that are histories or archives by their names, in order.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let unreadable = |error| unreadable(&folder.display().to_string(), error);
    let is_wanted = |path: &Path| {
        let name = path.to_string_lossy();
        Format::of_name(&name).is_some() || name.ends_with(".zip")
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            files.extend(files_in(&path)?);
        } else if is_wanted(&path) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn unreadable(name: &str, source: std::io::Error) -> ImportError {
    ImportError::Unreadable {
        name: name.to_owned(),
        source,
    }
}

/// A file that was named or uploaded. It is known what it is; nothing is read yet but its beginning.
pub struct Export {
    name: String,
    content: Content,
}

enum Content {
    Archive(Box<ZipArchive<File>>),
    History(Format, File),
}

impl Export {
    /// Looks at what a file is; `name` is shown to people.
    ///
    /// # Errors
    /// [`ImportError::NoHistory`] if it is none of the formats and no zip; [`ImportError::Unreadable`] if it is a damaged zip.
    pub fn open(name: String, mut file: File) -> Result<Self, ImportError> {
        let mut head = Vec::new();
        let looked = (&mut file)
            .take(HEAD_BYTES as u64)
            .read_to_end(&mut head)
            .and_then(|_| file.rewind());
        looked.map_err(|error| unreadable(&name, error))?;
        let content = if head.starts_with(b"PK\x03\x04") {
            let archive = ZipArchive::new(file).map_err(|error| damaged(&name, error))?;
            Content::Archive(Box::new(archive))
        } else {
            match Format::of(&name, &head) {
                Some(format) => Content::History(format, file),
                None => return Err(ImportError::NoHistory { name }),
            }
        };
        Ok(Self { name, content })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same of a file that must be a history or hold some.
    ///
    /// # Errors
    /// Also [`ImportError::NothingFound`].
    pub fn of_upload(name: String, file: File) -> Result<Self, ImportError> {
        let export = Self::open(name, file)?;
        match &export.content {
            Content::Archive(archive) if !holds_history(archive) => {
                Err(ImportError::NothingFound { name: export.name })
            }
            _ => Ok(export),
        }
    }

    /// Hands each history over, in order.
    pub(super) fn each(
        self,
        limits: Limits,
        found: &mut impl FnMut(Source) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        let Self { name, content } = self;
        match content {
            Content::History(format, file) => {
                let bytes = read_whole(&name, file, limits.file_bytes)?;
                found(Source {
                    name,
                    format,
                    bytes,
                })
            }
            Content::Archive(mut archive) => {
                let mut left = limits.archive_bytes;
                for index in 0..archive.len() {
                    let file = archive
                        .by_index(index)
                        .map_err(|error| damaged(&name, error))?;
                    let inside = file
                        .name()
                        .map_err(|error| damaged(&name, error))?
                        .into_owned();
                    if Format::of_name(&inside).is_none() || !file.is_file() {
                        continue;
                    }
                    let name = format!("{name}: {inside}");
                    let bytes = read_whole(&name, file, limits.file_bytes.min(left))?;
                    left -= bytes.len() as u64;
                    if let Some(format) = Format::of(&inside, &bytes) {
                        found(Source {
                            name,
                            format,
                            bytes,
                        })?;
                    }
                }
                Ok(())
            }
        }
    }
}

fn holds_history(archive: &ZipArchive<File>) -> bool {
    archive
        .file_names()
        .flatten()
        .any(|name| Format::of_name(&name).is_some_and(Format::is_listening))
}

fn damaged(name: &str, error: zip::result::ZipError) -> ImportError {
    unreadable(name, std::io::Error::other(error))
}

fn read_whole(name: &str, from: impl Read, most: u64) -> Result<Vec<u8>, ImportError> {
    let mut bytes = Vec::new();
    from.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(name, error))?;
    if bytes.len() as u64 > most {
        return Err(ImportError::TooLarge {
            name: name.to_owned(),
            most_mib: most >> 20,
        });
    }
    Ok(bytes)
}
