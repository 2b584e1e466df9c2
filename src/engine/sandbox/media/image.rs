//! PNG images: a pattern of squares in two colours, which makes jobs distinct at a glance.

use std::io;

use png::{BitDepth, ColorType, Encoder};

use crate::engine::sandbox::media::label::Label;

/// Squares along a side, the empty ones at the border included.
const SQUARES: u32 = 7;

/// Filled squares, row by row; the left half is mirrored to the right.
type Pattern = [[bool; SQUARES as usize]; SQUARES as usize];

/// Draws an image of exactly this size, both sides at least 1.
pub(super) fn image(label: &Label, width: u32, height: u32) -> io::Result<Vec<u8>> {
    let (width, height) = (width.max(1), height.max(1));
    let mut rng = label.rng();
    let colour = [rng.u8(32..200), rng.u8(32..200), rng.u8(32..200)];
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::One);
    encoder.set_palette([[246, 246, 250], colour].concat());
    encoder.add_text_chunk("Comment".to_owned(), label.as_str().chars().filter(char::is_ascii).collect())?;
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels(&pattern(&mut rng), width, height))?;
    writer.finish()?;
    Ok(file)
}

fn pattern(rng: &mut fastrand::Rng) -> Pattern {
    let mut pattern = Pattern::default();
    for row in pattern.iter_mut().skip(1).take(5) {
        let [a, b, c] = [rng.bool(), rng.bool(), rng.bool()];
        *row = [false, a, b, c, b, a, false];
    }
    pattern
}

/// One bit per pixel, each row in whole bytes.
fn pixels(pattern: &Pattern, width: u32, height: u32) -> Vec<u8> {
    let rows: Vec<Vec<u8>> = pattern.iter().map(|squares| row(squares, width)).collect();
    let square_of = |y: u32| usize::try_from(u64::from(y) * u64::from(SQUARES) / u64::from(height)).unwrap_or(0);
    (0..height).filter_map(|y| rows.get(square_of(y))).flatten().copied().collect()
}

fn row(squares: &[bool], width: u32) -> Vec<u8> {
    let filled = |x: u32| {
        let square = usize::try_from(u64::from(x) * u64::from(SQUARES) / u64::from(width)).unwrap_or(0);
        x < width && squares.get(square) == Some(&true)
    };
    (0..width.div_ceil(8))
        .map(|byte| (0..8).fold(0, |bits, bit| bits << 1 | u8::from(filled(byte * 8 + bit))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::image;
    use crate::engine::sandbox::media::label::Label;

    fn decode(file: &[u8]) -> (u32, u32, Vec<u8>) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        (info.width, info.height, pixels)
    }

    #[test]
    fn images_have_the_size_that_was_asked_for() {
        for (width, height) in [(1, 1), (7, 3), (819, 1_024), (4_096, 4_096)] {
            let file = image(&Label::new("cm1", 0), width, height).unwrap();
            let (seen_width, seen_height, pixels) = decode(&file);
            assert_eq!((seen_width, seen_height), (width, height));
            assert_eq!(pixels.len(), usize::try_from(width.div_ceil(8) * height).unwrap());
        }
    }

    #[test]
    fn a_large_image_is_a_small_file() {
        assert!(image(&Label::new("cm1", 0), 4_096, 4_096).unwrap().len() < 64 * 1_024);
    }

    #[test]
    fn jobs_can_be_told_apart_by_their_pixels() {
        let pixels = |id: &str| decode(&image(&Label::new(id, 0), 70, 70).unwrap()).2;
        assert_ne!(pixels("cm1"), pixels("cm2"));
    }
}
