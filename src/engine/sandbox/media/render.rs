//! Makes one file of a job.

use std::io;

use crate::engine::sandbox::media::animation::animation;
use crate::engine::sandbox::media::image::image;
use crate::engine::sandbox::media::label::Label;
use crate::engine::sandbox::media::sound::sound;
use crate::engine::sandbox::media::video::{mp4, webm};
use crate::model::media::MediaFormat;
use crate::model::tools::Output;

/// Makes file `number` (the first is 0) of a job. The same arguments give the same bytes, and so files can be made when
/// they are fetched instead of being kept.
///
/// # Errors
///
/// If an image cannot be encoded, which happens with no size above 0.
pub fn render(output: &Output, job_id: &str, number: u32) -> io::Result<Vec<u8>> {
    let label = Label::new(job_id, number);
    match output.format {
        MediaFormat::Png => image(&label, output.width, output.height),
        MediaFormat::Wav => Ok(sound(&label, output.seconds)),
        MediaFormat::Mp4 => Ok(mp4(&label)),
        MediaFormat::Webm => Ok(webm(&label)),
        MediaFormat::Gif => Ok(animation(&label)),
    }
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::model::media::{MediaFormat, sniff};
    use crate::model::tools::Output;

    const ID: &str = "clx7uu86w0a5qp55yxz315r6r";
    const FORMATS: [MediaFormat; 5] =
        [MediaFormat::Png, MediaFormat::Gif, MediaFormat::Mp4, MediaFormat::Webm, MediaFormat::Wav];

    fn file(format: MediaFormat, id: &str, number: u32) -> Vec<u8> {
        let output = Output { format, count: 2, width: 64, height: 48, seconds: 0.5 };
        render(&output, id, number).unwrap()
    }

    fn contains(file: &[u8], text: &str) -> bool {
        file.windows(text.len()).any(|window| window == text.as_bytes())
    }

    #[test]
    fn every_file_is_what_it_says_and_carries_its_job() {
        for format in FORMATS {
            let file = file(format, ID, 0);
            assert_eq!(sniff(&file), Some(format.media_type()));
            assert!(contains(&file, ID), "{format:?}");
        }
    }

    #[test]
    fn the_same_job_gives_the_same_files_and_no_other_does() {
        for format in FORMATS {
            assert_eq!(file(format, ID, 0), file(format, ID, 0));
            assert_ne!(file(format, ID, 0), file(format, ID, 1), "{format:?}");
            assert_ne!(file(format, ID, 0), file(format, "cm5p1j4z90000abcdefghijkl", 0), "{format:?}");
        }
    }

    #[test]
    fn an_id_of_any_length_will_do() {
        for id in ["", "c", &"long".repeat(100), "schön"] {
            for format in FORMATS {
                assert_eq!(sniff(&file(format, id, 0)), Some(format.media_type()), "{format:?} {id}");
            }
        }
    }
}
