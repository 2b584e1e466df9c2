//! WAV sounds: a soft tone, whose pitch depends on the job, of the length that was asked for.

use std::f64::consts::TAU;

use crate::engine::sandbox::media::label::Label;

/// Samples per second: little, for it is only a tone.
const RATE: u32 = 8_000;

/// No sound of a job is longer.
const LONGEST: f64 = 600.0;

/// 16 bits, one channel.
const BYTES_PER_SAMPLE: u16 = 2;

/// Makes a sound of this many seconds, up to ten minutes.
pub(super) fn sound(label: &Label, seconds: f64) -> Vec<u8> {
    let samples = whole(seconds.clamp(0.0, LONGEST) * f64::from(RATE));
    let (format, comment, data) = (chunk(*b"fmt ", &format()), chunk(*b"LIST", &comment(label)), tone(label, samples));
    chunk(*b"RIFF", &[b"WAVE".as_slice(), &format, &comment, &chunk(*b"data", &data)].concat())
}

/// Four letters, the length of what follows, and that; padded to an even length.
fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX).to_le_bytes();
    let padding: &[u8] = if content.len().is_multiple_of(2) { b"" } else { b"\0" };
    [name.as_slice(), &length, content, padding].concat()
}

/// Uncompressed samples, one channel, the rate, bytes per second, bytes per sample, bits per sample.
fn format() -> Vec<u8> {
    const PCM: u16 = 1;
    const CHANNELS: u16 = 1;
    let mut content = [PCM.to_le_bytes(), CHANNELS.to_le_bytes()].concat();
    content.extend(RATE.to_le_bytes());
    content.extend((RATE * u32::from(BYTES_PER_SAMPLE)).to_le_bytes());
    content.extend(BYTES_PER_SAMPLE.to_le_bytes());
    content.extend((BYTES_PER_SAMPLE * 8).to_le_bytes());
    content
}

fn comment(label: &Label) -> Vec<u8> {
    let text = format!("{}\0", label.as_str());
    [b"INFO".as_slice(), &chunk(*b"ICMT", text.as_bytes())].concat()
}

fn tone(label: &Label, samples: u32) -> Vec<u8> {
    const LOUDNESS: f64 = 0.25 * 32_767.0;
    let pitch = f64::from(label.rng().u32(220..880));
    let sample = |number: u32| {
        let wave = LOUDNESS * (TAU * pitch * f64::from(number) / f64::from(RATE)).sin();
        #[expect(clippy::cast_possible_truncation, reason = "a quarter of the range of i16")]
        let sample = wave as i16;
        sample.to_le_bytes()
    };
    (0..samples).flat_map(sample).collect()
}

fn whole(samples: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped by the caller, not negative")]
    let whole = samples.round() as u32;
    whole
}

#[cfg(test)]
mod tests {
    use super::sound;
    use crate::engine::sandbox::media::label::Label;

    fn length_at(file: &[u8], at: usize) -> usize {
        u32::from_le_bytes(file[at..at + 4].try_into().unwrap()).try_into().unwrap()
    }

    #[test]
    fn a_sound_has_the_length_that_was_asked_for() {
        for (seconds, samples) in [(0.0, 0), (1.0, 8_000), (1.000_1, 8_001), (15.0, 120_000), (f64::NAN, 0)] {
            let file = sound(&Label::new("clx7uu86w0a5qp55yxz315r6r", 0), seconds);
            let data = file.windows(4).position(|window| window == b"data").unwrap();
            assert_eq!(length_at(&file, data + 4), samples * 2, "{seconds}");
            assert_eq!(file.len(), data + 8 + samples * 2);
            assert_eq!(length_at(&file, 4), file.len() - 8);
        }
    }

    #[test]
    fn nobody_gets_an_endless_sound() {
        assert!(sound(&Label::new("c", 0), f64::INFINITY).len() < 10_000_000);
    }
}
