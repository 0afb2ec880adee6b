//! Covers, drawn by a seed: a palette, a motif, and a PNG of it.

use std::f32::consts::{PI, TAU};
use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub const CONTENT_TYPE: &str = "image/png";

/// Pixels of a side.
const SIDE: u32 = 480;
/// Looks at each pixel, per side.
const SAMPLES: u32 = 2;

type Colour = [u8; 3];

/// Ground first.
const PALETTES: [[Colour; 5]; 8] = [
    [
        [0x2e, 0x7f, 0x9e],
        [0xe4, 0x57, 0x2e],
        [0x20, 0x3a, 0x54],
        [0xf3, 0xd3, 0x9b],
        [0x9a, 0xc9, 0xc4],
    ],
    [
        [0xf5, 0xec, 0xdc],
        [0x22, 0x22, 0x22],
        [0xd6, 0xa0, 0x6b],
        [0x8a, 0x3b, 0x2a],
        [0xb8, 0xc4, 0xb0],
    ],
    [
        [0x3b, 0x1f, 0x1d],
        [0xc9, 0x59, 0x41],
        [0xe9, 0xd5, 0xc0],
        [0x8c, 0x6f, 0x62],
        [0xf2, 0xa6, 0x5a],
    ],
    [
        [0xf2, 0x8b, 0x7a],
        [0x6e, 0x4b, 0xb8],
        [0xf9, 0xd5, 0xa7],
        [0x2a, 0x1b, 0x3d],
        [0xf7, 0xef, 0xe2],
    ],
    [
        [0x12, 0x15, 0x1c],
        [0xf0, 0x5a, 0x5f],
        [0xf1, 0xe7, 0xd3],
        [0x3d, 0x48, 0x5c],
        [0x86, 0xa8, 0xb8],
    ],
    [
        [0x1f, 0x80, 0x6b],
        [0xf0, 0xb4, 0x4c],
        [0x0d, 0x3a, 0x36],
        [0xd9, 0xe8, 0xc8],
        [0xe8, 0x6a, 0x4a],
    ],
    [
        [0x6f, 0x45, 0x75],
        [0xf3, 0xe2, 0xc7],
        [0x45, 0x22, 0x7a],
        [0xfb, 0xb0, 0x7a],
        [0x96, 0x6b, 0x80],
    ],
    [
        [0x1d, 0x3b, 0x5c],
        [0x8f, 0xd6, 0xd2],
        [0xee, 0x65, 0x60],
        [0xf6, 0xe7, 0xcf],
        [0x2e, 0x2e, 0x48],
    ],
];

/// The cover of this seed as a PNG; always the same.
pub fn draw(seed: u64) -> std::io::Result<Vec<u8>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let palette = *PALETTES.choose(&mut rng).unwrap_or(&PALETTES[0]);
    let motif = Motif::draw(&mut rng, seed);
    let mut pixels = Vec::with_capacity((SIDE * (3 * SIDE + 1)) as usize);
    for y in 0..SIDE {
        // Each line of a PNG begins with its filter: none.
        pixels.push(0);
        for x in 0..SIDE {
            pixels.extend(pixel(x, y, |x, y| palette[motif.at(x, y)]));
        }
    }
    png(&pixels)
}

/// The mean of several looks.
fn pixel(x: u32, y: u32, colour: impl Fn(f32, f32) -> Colour) -> Colour {
    let mut sums = [0_u32; 3];
    for look in 0..SAMPLES * SAMPLES {
        let place = |pixel: u32, step: u32| {
            (pixel as f32 + (step as f32 + 0.5) / SAMPLES as f32) / SIDE as f32
        };
        let seen = colour(place(x, look % SAMPLES), place(y, look / SAMPLES));
        for (sum, part) in sums.iter_mut().zip(seen) {
            *sum += u32::from(part);
        }
    }
    sums.map(|sum| (sum / (SAMPLES * SAMPLES)) as u8)
}

/// What is on it. Places are 0 to 1 from the upper left.
enum Motif {
    Mountains { sun: (f32, f32), phase: f32 },
    Dots { count: f32, centre: (f32, f32) },
    SettingSun { height: f32, stripes: f32 },
    Rings { count: f32, centre: (f32, f32) },
    Waves { count: f32, phase: f32 },
    Bars { heights: Vec<f32> },
    Rays { count: f32, phase: f32 },
    Tiles { turns: Vec<u8>, side: usize },
    Arches { count: f32 },
}

impl Motif {
    /// Neighbouring seeds have different ones.
    fn draw(rng: &mut ChaCha8Rng, seed: u64) -> Self {
        let centre = (rng.random_range(0.25..0.75), rng.random_range(0.25..0.75));
        match seed % 9 {
            0 => Self::Mountains {
                sun: (rng.random_range(0.3..0.8), rng.random_range(0.15..0.4)),
                phase: rng.random_range(0.0..TAU),
            },
            1 => Self::Dots {
                count: rng.random_range(10.0_f32..16.0).floor(),
                centre,
            },
            2 => Self::SettingSun {
                height: rng.random_range(0.3..0.55),
                stripes: rng.random_range(6.0..12.0),
            },
            3 => Self::Rings {
                count: rng.random_range(6.0..12.0),
                centre,
            },
            4 => Self::Waves {
                count: rng.random_range(5.0_f32..9.0).floor(),
                phase: rng.random_range(0.0..TAU),
            },
            5 => Self::Bars {
                heights: (0..9).map(|_| rng.random_range(0.15..0.45)).collect(),
            },
            6 => Self::Rays {
                count: rng.random_range(18.0_f32..36.0).floor(),
                phase: rng.random_range(0.0..TAU),
            },
            7 => {
                let side = rng.random_range(3..=5);
                Self::Tiles {
                    turns: (0..side * side).map(|_| rng.random_range(0..16)).collect(),
                    side,
                }
            }
            _ => Self::Arches {
                count: rng.random_range(4.0_f32..7.0).floor(),
            },
        }
    }

    /// Which colour of the palette is at a place.
    fn at(&self, x: f32, y: f32) -> usize {
        match self {
            Self::Mountains { sun, phase } => {
                let ridge = |base: f32, steep: f32, shift: f32| {
                    let saw = |t: f32| (t.rem_euclid(1.0) - 0.5).abs() * 2.0;
                    base + steep * saw(x * 1.7 + shift) + steep * 0.4 * saw(x * 4.1 + shift * 2.0)
                };
                if y > ridge(0.72, 0.12, phase + 0.4) {
                    4
                } else if y > ridge(0.5, 0.22, *phase) {
                    2
                } else if distance((x, y), *sun) < 0.12 {
                    1
                } else if y > 0.38 {
                    3
                } else {
                    0
                }
            }
            Self::Dots { count, centre } => {
                let cell = (x * count, y * count);
                let inside = (cell.0.fract() - 0.5, cell.1.fract() - 0.5);
                let middle = (
                    (cell.0.floor() + 0.5) / count,
                    (cell.1.floor() + 0.5) / count,
                );
                let far = distance(middle, *centre);
                match inside.0.hypot(inside.1) < (0.48 - 0.62 * far).max(0.06) {
                    true if (far * 7.0) as u32 % 3 == 2 => 2,
                    true => 1,
                    false => 0,
                }
            }
            Self::SettingSun { height, stripes } => {
                let in_sun = distance((x, y), (0.5, *height)) < 0.3;
                let cut =
                    y > *height && ((y - height) * stripes * 4.0).fract() < (y - height) * 1.6;
                let sea = 0.78 + 0.02 * (x * 9.0).sin();
                if y > sea + 0.09 {
                    3
                } else if y > sea {
                    2
                } else if in_sun && !cut {
                    1
                } else {
                    0
                }
            }
            Self::Rings { count, centre } => {
                let ring = distance((x, y), *centre) * count * 2.0;
                match (ring.fract() < 0.3, x > 1.0 - y) {
                    _ if ring < 0.5 => 3,
                    (true, true) => 1,
                    (true, false) => 3,
                    (false, true) => 2,
                    (false, false) => 0,
                }
            }
            Self::Waves { count, phase } => {
                let swell = 0.05 * (x * TAU * 0.8 + phase + y * 5.0).sin()
                    + 0.03 * (x * TAU * 1.9 + phase).cos();
                ((y + swell).max(0.0) * count) as usize % 5
            }
            Self::Bars { heights } => {
                let place = x * (heights.len() as f32 + 2.0) - 1.0;
                let Some(height) = (place >= 0.0)
                    .then(|| heights.get(place as usize))
                    .flatten()
                else {
                    return 0;
                };
                let (across, width) = ((place.fract() - 0.5).abs(), 0.28);
                let off = ((y - 0.5).abs() - height).max(0.0) * (heights.len() as f32 + 2.0);
                match across.hypot(off) < width {
                    true if place as usize % 4 == 1 => 1,
                    true => 2,
                    false => 0,
                }
            }
            Self::Rays { count, phase } => {
                let (across, down) = (x - 0.5, y - 0.5);
                let (far, turn) = (
                    across.hypot(down),
                    (down.atan2(across) + PI + phase) / TAU * count,
                );
                let ray = turn as usize;
                let length = 0.3 + 0.17 * ((ray * 7 % 11) as f32 / 11.0);
                if far < 0.06 {
                    1
                } else if far > 0.11 && far < length && (turn.fract() - 0.5).abs() < 0.2 {
                    if ray.is_multiple_of(3) { 1 } else { 2 }
                } else {
                    0
                }
            }
            Self::Tiles { turns, side } => {
                let (column, row) = ((x * *side as f32) as usize, (y * *side as f32) as usize);
                let turn = turns.get(row * side + column).copied().unwrap_or_default();
                let (mut across, mut down) =
                    ((x * *side as f32).fract(), (y * *side as f32).fract());
                if turn & 1 == 1 {
                    across = 1.0 - across;
                }
                if turn & 2 == 2 {
                    down = 1.0 - down;
                }
                let (ground, shape) = [(0, 1), (2, 3), (4, 1), (0, 3)][usize::from(turn >> 2)];
                let within = match turn % 5 {
                    0 => distance((across, down), (0.5, 0.5)) < 0.42,
                    _ => across.hypot(down) < 0.98,
                };
                if within { shape } else { ground }
            }
            Self::Arches { count } => {
                let far = match y < 0.55 {
                    true => distance((x, y), (0.5, 0.55)),
                    false => (x - 0.5).abs(),
                };
                let arch = (far * 2.2 * count) as usize;
                if far > 0.45 { 0 } else { 1 + arch % 4 }
            }
        }
    }
}

fn distance(a: (f32, f32), b: (f32, f32)) -> f32 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

/// 8-bit RGB (Portable Network Graphics, third edition).
fn png(lines: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::from(SIDE.to_be_bytes());
    header.extend(SIDE.to_be_bytes());
    // Depth, colour type, compression, filter, interlace.
    header.extend([8, 2, 0, 0, 0]);
    chunk(&mut file, b"IHDR", &header);
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(lines)?;
    chunk(&mut file, b"IDAT", &encoder.finish()?);
    chunk(&mut file, b"IEND", &[]);
    Ok(file)
}

fn chunk(file: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    let mut sum = flate2::Crc::new();
    sum.update(name);
    sum.update(data);
    file.extend((data.len() as u32).to_be_bytes());
    file.extend(name);
    file.extend(data);
    file.extend(sum.sum().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cover_is_the_same_for_the_same_seed_and_another_for_another() {
        let covers: Vec<_> = (0..9).map(|seed| draw(seed).unwrap()).collect();
        for (seed, cover) in covers.iter().enumerate() {
            assert_eq!(*cover, draw(seed as u64).unwrap());
            assert_eq!(covers.iter().filter(|other| *other == cover).count(), 1);
            assert!(
                cover.starts_with(b"\x89PNG") && cover.len() < 200_000,
                "{}",
                cover.len()
            );
        }
    }
}
