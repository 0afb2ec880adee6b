//! Small pieces of music, composed by a seed: chords, a bass and a melody over four bars, layered and faded.

use std::f32::consts::TAU;

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub const CONTENT_TYPE: &str = "audio/wav";

/// Samples a second; with one byte a sample, a minute takes 660 kB.
const RATE: u32 = 11_025;
/// Beats until the chords come round again.
const LOOP_BEATS: u32 = 32;
/// Degrees of the scale under each quarter of the loop.
const PROGRESSIONS: [[usize; 4]; 5] = [
    [0, 5, 3, 4],
    [0, 3, 5, 4],
    [5, 3, 0, 4],
    [0, 4, 5, 3],
    [0, 2, 3, 4],
];
const MAJOR: [u32; 7] = [0, 2, 4, 5, 7, 9, 11];
const MINOR: [u32; 7] = [0, 2, 3, 5, 7, 8, 10];

/// A finished piece.
pub struct Piece {
    /// A WAV file: mono, µ-law (G.711), which browsers play.
    pub wav: Vec<u8>,
    pub duration_ms: u32,
}

/// The piece of this seed; always the same.
pub fn compose(seed: u64) -> Piece {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let score = Score::draw(&mut rng);
    let layers = [score.chords(), score.bass(), score.melody(&mut rng)];
    let samples = arrange(&layers, rng.random_range(3..=4));
    Piece {
        duration_ms: (samples.len() as u64 * 1_000 / u64::from(RATE)) as u32,
        wav: wav(&samples),
    }
}

struct Score {
    beats_per_minute: f32,
    /// MIDI number of the scale's root.
    root: u32,
    scale: [u32; 7],
    progression: [usize; 4],
}

impl Score {
    fn draw(rng: &mut ChaCha8Rng) -> Self {
        Self {
            beats_per_minute: rng.random_range(76.0..122.0),
            root: rng.random_range(45..57),
            scale: *[MAJOR, MINOR].choose(rng).unwrap_or(&MAJOR),
            progression: *PROGRESSIONS.choose(rng).unwrap_or(&PROGRESSIONS[0]),
        }
    }

    fn samples(&self, beats: f32) -> usize {
        (beats * 60.0 / self.beats_per_minute * RATE as f32) as usize
    }

    fn silence(&self) -> Vec<f32> {
        vec![0.0; self.samples(LOOP_BEATS as f32)]
    }

    /// Frequency in Hz of a degree of the scale, counted on over octaves.
    fn pitch(&self, degree: usize) -> f32 {
        let semitones = self.root + self.scale[degree % 7] + 12 * (degree / 7) as u32;
        440.0 * 2f32.powf((semitones as f32 - 69.0) / 12.0)
    }

    /// Three voices that swell and fade under each quarter of the loop.
    fn chords(&self) -> Vec<f32> {
        let mut layer = self.silence();
        for (quarter, degree) in self.progression.into_iter().enumerate() {
            let start = self.samples(quarter as f32 * 8.0);
            for voice in [0, 2, 4] {
                let pitch = self.pitch(degree + voice);
                // Two voices a little apart beat against each other, and sound wider.
                for detune in [0.998, 1.002] {
                    let swell = |t: f32| (t * std::f32::consts::PI).sin();
                    add(
                        &mut layer,
                        start,
                        self.samples(8.0),
                        pitch * detune,
                        0.06,
                        swell,
                    );
                }
            }
        }
        layer
    }

    /// The chord's root on every second beat.
    fn bass(&self) -> Vec<f32> {
        let mut layer = self.silence();
        for beat in (0..LOOP_BEATS).step_by(2) {
            let degree = self.progression[beat as usize / 8];
            let decay = |t: f32| (-3.0 * t).exp();
            let start = self.samples(beat as f32);
            add(
                &mut layer,
                start,
                self.samples(1.9),
                self.pitch(degree) / 2.0,
                0.22,
                decay,
            );
        }
        layer
    }

    /// A walk over the scale in halves of a beat, with rests.
    fn melody(&self, rng: &mut ChaCha8Rng) -> Vec<f32> {
        let mut layer = self.silence();
        let mut degree: i32 = 9;
        for half in 0..LOOP_BEATS * 2 {
            degree = (degree + rng.random_range(-2..=2)).clamp(5, 15);
            if rng.random_bool(0.45) {
                continue;
            }
            let decay = |t: f32| (-5.0 * t).exp();
            let (start, length) = (self.samples(half as f32 / 2.0), self.samples(1.0));
            let pitch = self.pitch(degree as usize);
            add(&mut layer, start, length, pitch, 0.16, decay);
            add(&mut layer, start, length, pitch * 2.0, 0.04, decay);
        }
        layer
    }
}

/// Adds a tone; `envelope` gives its strength from 0 (its begin) to 1 (its end).
fn add(
    layer: &mut [f32],
    start: usize,
    length: usize,
    pitch: f32,
    strength: f32,
    envelope: impl Fn(f32) -> f32,
) {
    // Twelve milliseconds in and out, so that nothing clicks.
    let edge = RATE as f32 * 0.012;
    let end = (start + length).min(layer.len());
    for (index, sample) in layer[start.min(end)..end].iter_mut().enumerate() {
        let at = index as f32;
        let soft = (at / edge).min((length as f32 - at) / edge).clamp(0.0, 1.0);
        *sample +=
            (TAU * pitch * at / RATE as f32).sin() * strength * soft * envelope(at / length as f32);
    }
}

/// Lets the layers enter one after another, and the last round fade.
fn arrange(layers: &[Vec<f32>; 3], rounds: usize) -> Vec<f32> {
    let [chords, bass, melody] = layers;
    let length = chords.len();
    let mut samples = Vec::with_capacity(length * rounds);
    for round in 0..rounds {
        let last = round + 1 == rounds;
        for index in 0..length {
            let part = index as f32 / length as f32;
            let mut sample = chords[index];
            if round > 0 || part > 0.5 {
                sample += bass[index];
            }
            if round > 0 && !last || last && part < 0.5 {
                sample += melody[index];
            }
            let fade = if last { 1.0 - part } else { 1.0 };
            samples.push(sample * fade);
        }
    }
    samples
}

/// A RIFF/WAVE file of format 7, µ-law.
fn wav(samples: &[f32]) -> Vec<u8> {
    let length = samples.len() as u32;
    let padding = length % 2;
    let mut file = Vec::with_capacity(samples.len() + 60);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(50 + length + padding).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&18u32.to_le_bytes());
    let (format, channels, bytes_a_frame, bits, extension) = (7u16, 1u16, 1u16, 8u16, 0u16);
    file.extend_from_slice(&format.to_le_bytes());
    file.extend_from_slice(&channels.to_le_bytes());
    for samples_then_bytes_a_second in [RATE, RATE] {
        file.extend_from_slice(&samples_then_bytes_a_second.to_le_bytes());
    }
    for value in [bytes_a_frame, bits, extension] {
        file.extend_from_slice(&value.to_le_bytes());
    }
    file.extend_from_slice(b"fact");
    file.extend_from_slice(&4u32.to_le_bytes());
    file.extend_from_slice(&length.to_le_bytes());
    file.extend_from_slice(b"data");
    file.extend_from_slice(&length.to_le_bytes());
    file.extend(samples.iter().map(|sample| mu_law(*sample)));
    file.resize(file.len() + padding as usize, 0);
    file
}

/// G.711 µ-law: sign, exponent and four bits of mantissa, all inverted.
fn mu_law(sample: f32) -> u8 {
    const BIAS: i32 = 132;
    const CLIP: i32 = 32_635;
    let linear = (sample.clamp(-1.0, 1.0) * 32_767.0) as i32;
    let sign = if linear < 0 { 0x80 } else { 0 };
    let magnitude = linear.abs().min(CLIP) + BIAS;
    let exponent = 24 - (magnitude as u32).leading_zeros() as i32;
    let mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    !(sign | (exponent << 4) | mantissa) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_the_same_for_the_same_seed_and_lasts_about_a_minute() {
        let (one, again, other) = (compose(1), compose(1), compose(2));
        assert_eq!(one.wav, again.wav);
        assert_ne!(one.wav, other.wav);
        for piece in [one, other] {
            assert!(
                (45_000..=105_000).contains(&piece.duration_ms),
                "{}",
                piece.duration_ms
            );
        }
    }

    #[test]
    fn the_file_says_its_own_length() {
        let file = wav(&[0.0; 5]);
        assert_eq!(
            u32::from_le_bytes([file[4], file[5], file[6], file[7]]) as usize,
            file.len() - 8
        );
        assert_eq!(&file[file.len() - 14..file.len() - 6], b"data\x05\0\0\0");
    }

    /// Values of the table of G.711.
    #[test]
    fn mu_law_is_as_the_standard_says() {
        assert_eq!(mu_law(0.0), 0xff);
        assert_eq!(mu_law(1.0), 0x80);
        assert_eq!(mu_law(-1.0), 0x00);
        assert_eq!(mu_law(1_000.0 / 32_767.0), 0xce);
    }

    #[test]
    fn nothing_is_clipped() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let score = Score::draw(&mut rng);
        let layers = [score.chords(), score.bass(), score.melody(&mut rng)];
        let loudest = arrange(&layers, 3)
            .into_iter()
            .map(f32::abs)
            .fold(0.0, f32::max);
        assert!((0.2..=1.0).contains(&loudest), "{loudest}");
    }
}
