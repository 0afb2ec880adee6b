//! A request's body as the statement's thread reads it: parts from the network, decompressed, complete or refused.

use std::io::{self, BufRead, BufReader, Read};

use bytes::{Buf, Bytes};
use flate2::bufread::MultiGzDecoder;
use lz4_flex::frame::FrameDecoder;
use tokio::sync::mpsc;

use super::frames::FrameReader;

/// Parts under way between the network and the statement's thread.
const PARTS: usize = 8;
const BUFFER: usize = 64 * 1024;

/// What the network's side sends.
pub enum Part {
    Data(Bytes),
    /// The whole body has come. A channel that closes without it means that the client left.
    End,
}

/// How a client packed its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    Plain,
    /// `Content-Encoding: gzip`
    Gzip,
    /// `Content-Encoding: lz4`: the frames of the lz4 program
    Lz4,
    /// `decompress=1`: ClickHouse's own frames with checksums
    Native,
}

/// The two ends of a body.
pub fn channel(packing: Packing) -> (mpsc::Sender<Part>, Incoming) {
    let (sender, receiver) = mpsc::channel(PARTS);
    (sender, Incoming { receiver, packing })
}

/// A body before the statement's thread has it: reading blocks, and some decoders read as soon as they are made.
pub struct Incoming {
    receiver: mpsc::Receiver<Part>,
    packing: Packing,
}

impl Incoming {
    pub fn unpack(self) -> Body {
        let parts = Parts {
            receiver: self.receiver,
            current: Bytes::new(),
            ended: false,
        };
        let parts = BufReader::with_capacity(BUFFER, parts);
        match self.packing {
            Packing::Plain => Body::Plain(parts),
            Packing::Gzip => Body::Gzip(MultiGzDecoder::new(parts)),
            Packing::Lz4 => Body::Lz4(Box::new(FrameDecoder::new(parts))),
            Packing::Native => Body::Native(FrameReader::new(parts)),
        }
    }
}

/// The unpacked body. Reading fails, and never just ends, where the body is cut or damaged.
pub enum Body {
    Plain(BufReader<Parts>),
    Gzip(MultiGzDecoder<BufReader<Parts>>),
    Lz4(Box<FrameDecoder<BufReader<Parts>>>),
    Native(FrameReader<BufReader<Parts>>),
}

impl Read for Body {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(parts) => parts.read(into),
            Self::Gzip(decoder) => decoder.read(into),
            // Clients send a frame for each block of rows, and the decoder ends with each.
            Self::Lz4(decoder) => loop {
                let read = decoder.read(into)?;
                if read > 0 || decoder.get_mut().fill_buf()?.is_empty() {
                    return Ok(read);
                }
            },
            Self::Native(frames) => frames.read(into),
        }
    }
}

impl Body {
    /// Reads until `buffer` is full or the body ends; how many bytes came.
    pub fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

/// The parts in order. Blocks: for threads of statements only.
pub struct Parts {
    receiver: mpsc::Receiver<Part>,
    current: Bytes,
    ended: bool,
}

impl Read for Parts {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() && !self.ended {
            match self.receiver.blocking_recv() {
                Some(Part::Data(data)) => self.current = data,
                Some(Part::End) => self.ended = true,
                None => {
                    // Not `UnexpectedEof`: decoders take that for an end.
                    return Err(io::Error::new(
                        io::ErrorKind::ConnectionAborted,
                        "the request's body ended early",
                    ));
                }
            }
        }
        let count = into.len().min(self.current.len());
        self.current.copy_to_slice(&mut into[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::servers::warehouse::frames;

    const TEXT: &[u8] = b"one two three one two three one two three";

    fn packed(packing: Packing) -> Vec<u8> {
        match packing {
            Packing::Plain => TEXT.to_vec(),
            Packing::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Default::default());
                encoder.write_all(TEXT).unwrap();
                encoder.finish().unwrap()
            }
            Packing::Lz4 => {
                let frame = |text: &[u8]| {
                    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
                    encoder.write_all(text).unwrap();
                    encoder.finish().unwrap()
                };
                [frame(&TEXT[..7]), frame(&TEXT[7..])].concat()
            }
            Packing::Native => [frames::pack(&TEXT[..7]), frames::pack(&TEXT[7..])].concat(),
        }
    }

    fn read(packing: Packing, bytes: &[u8], ends: bool) -> io::Result<Vec<u8>> {
        let (sender, incoming) = channel(packing);
        let parts: Vec<Bytes> = bytes.chunks(5).map(Bytes::copy_from_slice).collect();
        let network = std::thread::spawn(move || {
            for part in parts {
                // A body that was refused reads no further.
                if sender.blocking_send(Part::Data(part)).is_err() {
                    return;
                }
            }
            if ends {
                sender.blocking_send(Part::End).ok();
            }
        });
        let mut body = incoming.unpack();
        let mut text = Vec::new();
        let outcome = body.read_to_end(&mut text).map(|_| text);
        drop(body);
        network.join().unwrap();
        outcome
    }

    const ALL: [Packing; 4] = [Packing::Plain, Packing::Gzip, Packing::Lz4, Packing::Native];

    #[test]
    fn every_packing_is_read_through_any_cuts() {
        for packing in ALL {
            assert_eq!(
                read(packing, &packed(packing), true).unwrap(),
                TEXT,
                "{packing:?}"
            );
        }
    }

    #[test]
    fn a_body_that_ends_early_is_an_error_wherever_it_is_cut() {
        for packing in ALL {
            let whole = packed(packing);
            for length in 0..=whole.len() {
                let cut = read(packing, &whole[..length], false);
                assert!(
                    cut.is_err(),
                    "{packing:?} cut at {length} of {}",
                    whole.len()
                );
            }
        }
    }

    #[test]
    fn a_packed_body_that_is_cut_before_it_was_sent_is_an_error() {
        for packing in [Packing::Gzip, Packing::Native] {
            let whole = packed(packing);
            let cut = read(packing, &whole[..whole.len() - 3], true);
            assert!(cut.is_err(), "{packing:?}");
        }
    }

    #[test]
    fn a_flipped_bit_is_an_error() {
        for packing in [Packing::Gzip, Packing::Native] {
            let mut bytes = packed(packing);
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            assert!(read(packing, &bytes, true).is_err(), "{packing:?}");
        }
    }
}
