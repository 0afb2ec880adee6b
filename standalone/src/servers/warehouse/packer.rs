//! Compression of answers as they stream.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::GzEncoder;
use lz4_flex::frame::FrameEncoder;

use super::answer::Wanted;
use super::frames;

/// Takes rows, gives what goes over the wire.
pub enum Packer {
    Plain(Vec<u8>),
    Gzip(GzEncoder<Vec<u8>>),
    Lz4(Box<FrameEncoder<Vec<u8>>>),
    Native(Vec<u8>),
}

impl Packer {
    pub fn new(wanted: Wanted) -> Self {
        match wanted {
            Wanted::Plain => Self::Plain(Vec::new()),
            // The fastest level: both ends are usually on one machine.
            Wanted::Gzip => Self::Gzip(GzEncoder::new(Vec::new(), flate2::Compression::fast())),
            Wanted::Lz4 => Self::Lz4(Box::new(FrameEncoder::new(Vec::new()))),
            Wanted::Native => Self::Native(Vec::new()),
        }
    }

    pub fn add(&mut self, rows: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.extend_from_slice(rows),
            Self::Gzip(encoder) => encoder.write_all(rows)?,
            Self::Lz4(encoder) => encoder.write_all(rows)?,
            Self::Native(out) => out.extend(frames::pack(rows)),
        }
        Ok(())
    }

    /// What is ready to be sent.
    pub fn take(&mut self) -> Bytes {
        let out = match self {
            Self::Plain(out) | Self::Native(out) => out,
            Self::Gzip(encoder) => encoder.get_mut(),
            Self::Lz4(encoder) => encoder.get_mut(),
        };
        std::mem::take(out).into()
    }

    /// Ends a block: what follows is unpacked apart from what went before.
    pub fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) | Self::Native(_) => Ok(()),
            Self::Gzip(encoder) => encoder.flush(),
            Self::Lz4(encoder) => encoder.flush(),
        }
    }

    /// The rest.
    pub fn finish(self) -> io::Result<Bytes> {
        Ok(match self {
            Self::Plain(out) | Self::Native(out) => out.into(),
            Self::Gzip(encoder) => encoder.finish()?.into(),
            Self::Lz4(encoder) => encoder.finish()?.into(),
        })
    }
}
