//! The ways in which jobs fail, as far as Magic Hour's documentation names them.

use crate::model::contract::event::Kind;
use crate::model::contract::project::JobError;

/// The code, the kinds of job that fail so by chance (none: only if asked for), and a sentence for people.
const FAILURES: [(&str, &[Kind], &str); 12] = [
    ("no_source_face", &[Kind::Video, Kind::Image], "Please use an image with a detectable face"),
    ("invalid_video_file", &[Kind::Video], "The video could not be read"),
    ("invalid_file_format", &[Kind::Video, Kind::Image], "This file format is not supported"),
    ("file_too_large", &[], "The file is too large"),
    ("insufficient_credits", &[], "There are not enough credits for this job"),
    ("invalid_parameters", &[], "The parameters do not fit together"),
    ("processing_timeout", &[Kind::Video, Kind::Image, Kind::Audio], "The job took too long to process"),
    ("content_policy_violation", &[Kind::Image], "The request goes against the content policy"),
    ("nsfw", &[Kind::Video], "The request or its output was found to be unsafe"),
    ("text_too_long", &[], "The text is too long"),
    ("invalid_voice", &[Kind::Audio], "The requested voice is not available"),
    ("unknown_error", &[Kind::Video, Kind::Image, Kind::Audio], "Something went wrong"),
];

/// The error of a job that failed with this code. The set is open: any code has a message.
pub fn failure(code: &str) -> JobError {
    let known = FAILURES.iter().find(|(known, ..)| *known == code);
    let message = known.map_or("The job failed", |(_, _, message)| message);
    JobError { code: code.to_owned(), message: message.to_owned() }
}

/// The codes with which jobs of a kind fail by chance.
pub fn failures_of(kind: Kind) -> impl Iterator<Item = &'static str> {
    FAILURES.iter().filter(move |(_, kinds, _)| kinds.contains(&kind)).map(|(code, ..)| *code)
}

#[cfg(test)]
mod tests {
    use super::{failure, failures_of};
    use crate::model::contract::event::Kind;

    #[test]
    fn a_known_code_has_its_sentence_and_any_other_has_one_too() {
        assert_eq!(failure("no_source_face").message, "Please use an image with a detectable face");
        assert_eq!(failure("my_own").message, "The job failed");
        assert!(Kind::ALL.into_iter().all(|kind| failures_of(kind).count() > 1));
    }
}
