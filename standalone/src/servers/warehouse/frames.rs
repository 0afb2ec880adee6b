//! ClickHouse's own compression, `compress=1` and `decompress=1`: frames of a 16-byte CityHash128 (its version 1.0.2) of
//! the rest, a method byte, the length of method, lengths and data, the length unpacked (both little-endian, 4 bytes), data.

use std::io::{self, Read};

const CHECKSUM: usize = 16;
const HEADER: usize = 9;
const LZ4: u8 = 0x82;
const NONE: u8 = 0x02;
/// The most that a frame may unpack to, as in ClickHouse.
const MAX_UNPACKED: usize = 1 << 30;

/// Packs `data` as one frame.
pub fn pack(data: &[u8]) -> Vec<u8> {
    let packed = lz4_flex::block::compress(data);
    let mut frame = vec![0; CHECKSUM];
    frame.push(LZ4);
    frame.extend_from_slice(&((packed.len() + HEADER) as u32).to_le_bytes());
    frame.extend_from_slice(&(data.len() as u32).to_le_bytes());
    frame.extend_from_slice(&packed);
    let checksum = checksum(&frame[CHECKSUM..]);
    frame[..CHECKSUM].copy_from_slice(&checksum);
    frame
}

fn checksum(data: &[u8]) -> [u8; CHECKSUM] {
    // ClickHouse writes the two halves the other way round.
    cityhash_rs::cityhash_102_128(data)
        .rotate_right(64)
        .to_le_bytes()
}

/// Unpacks a sequence of frames.
pub struct FrameReader<R> {
    inner: R,
    unpacked: Vec<u8>,
    at: usize,
}

impl<R: Read> FrameReader<R> {
    pub fn new(inner: R) -> Self {
        Self {
            inner,
            unpacked: Vec::new(),
            at: 0,
        }
    }

    /// The next frame; false at the end between two frames.
    fn next_frame(&mut self) -> io::Result<bool> {
        let mut head = [0; CHECKSUM + HEADER];
        let first = loop {
            match self.inner.read(&mut head[..1]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        if first == 0 {
            return Ok(false);
        }
        self.inner.read_exact(&mut head[1..])?;
        let (expected, header) = head.split_at(CHECKSUM);
        let length = |at: usize| {
            u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
                as usize
        };
        let (packed_length, unpacked_length) = (length(1), length(5));
        if !(HEADER..=MAX_UNPACKED).contains(&packed_length) || unpacked_length > MAX_UNPACKED {
            return Err(damaged("lengths of a compressed frame are out of range"));
        }
        let mut frame = header.to_vec();
        let wanted = (packed_length - HEADER) as u64;
        (&mut self.inner).take(wanted).read_to_end(&mut frame)?;
        if frame.len() != packed_length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if checksum(&frame) != *expected {
            return Err(damaged("checksum of a compressed frame doesn't match"));
        }
        let data = &frame[HEADER..];
        self.unpacked = match frame[0] {
            LZ4 => lz4_flex::block::decompress(data, unpacked_length)
                .map_err(|error| damaged(&error.to_string()))?,
            NONE => data.to_vec(),
            method => {
                return Err(damaged(&format!(
                    "compression method {method:#x} is not supported; LZ4 is"
                )));
            }
        };
        if self.unpacked.len() != unpacked_length {
            return Err(damaged("a compressed frame unpacks to another length"));
        }
        self.at = 0;
        Ok(true)
    }
}

fn damaged(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

impl<R: Read> Read for FrameReader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.unpacked.len() {
            if !self.next_frame()? {
                return Ok(0);
            }
        }
        let count = into.len().min(self.unpacked.len() - self.at);
        into[..count].copy_from_slice(&self.unpacked[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
