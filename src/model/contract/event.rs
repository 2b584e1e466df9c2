//! The nine events of Magic Hour's webhook contract, and patterns that pick among them.

use std::fmt;
use std::str::FromStr;

use wildmatch::WildMatch;

use crate::model::nearest;

/// Kind of job that an event reports on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A video job: `video.*`.
    Video,
    /// An image job: `image.*`.
    Image,
    /// An audio job: `audio.*`.
    Audio,
}

impl Kind {
    /// Every kind, in the order of Magic Hour's documentation.
    pub const ALL: [Self; 3] = [Self::Video, Self::Image, Self::Audio];

    /// The word that event types and API paths use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Image => "image",
            Self::Audio => "audio",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Phase of the job that an event reports. There is no event for a canceled job, nor for a queued one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// The job left the queue and is rendering. Fast image tools may skip this event.
    Started,
    /// The job finished, and its downloads are ready.
    Completed,
    /// The job failed, and its credits were refunded.
    Errored,
}

impl Phase {
    /// Every phase, in the order in which a job may reach them.
    pub const ALL: [Self; 3] = [Self::Started, Self::Completed, Self::Errored];

    /// The word that event types use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Completed => "completed",
            Self::Errored => "errored",
        }
    }

    /// The value of `payload.status` in an event of this phase.
    pub const fn status(self) -> &'static str {
        match self {
            Self::Started => "rendering",
            Self::Completed => "complete",
            Self::Errored => "error",
        }
    }
}

/// An event's type, such as `video.completed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventType {
    /// The sort of job.
    pub kind: Kind,
    /// Phase that the event reports.
    pub phase: Phase,
}

impl EventType {
    /// All nine, grouped by kind, each group in the order of a job's life.
    pub const ALL: [Self; 9] = [
        Self::new(Kind::Video, Phase::Started),
        Self::new(Kind::Video, Phase::Completed),
        Self::new(Kind::Video, Phase::Errored),
        Self::new(Kind::Image, Phase::Started),
        Self::new(Kind::Image, Phase::Completed),
        Self::new(Kind::Image, Phase::Errored),
        Self::new(Kind::Audio, Phase::Started),
        Self::new(Kind::Audio, Phase::Completed),
        Self::new(Kind::Audio, Phase::Errored),
    ];

    /// Puts a kind and a phase together.
    pub const fn new(kind: Kind, phase: Phase) -> Self {
        Self { kind, phase }
    }

    /// The type's name on the wire.
    pub const fn as_str(self) -> &'static str {
        match (self.kind, self.phase) {
            (Kind::Video, Phase::Started) => "video.started",
            (Kind::Video, Phase::Completed) => "video.completed",
            (Kind::Video, Phase::Errored) => "video.errored",
            (Kind::Image, Phase::Started) => "image.started",
            (Kind::Image, Phase::Completed) => "image.completed",
            (Kind::Image, Phase::Errored) => "image.errored",
            (Kind::Audio, Phase::Started) => "audio.started",
            (Kind::Audio, Phase::Completed) => "audio.completed",
            (Kind::Audio, Phase::Errored) => "audio.errored",
        }
    }

    /// When Magic Hour sends the event, in one sentence.
    pub const fn about(self) -> &'static str {
        match (self.kind, self.phase) {
            (Kind::Image, Phase::Started) => "the image began to render (fast tools may skip it)",
            (Kind::Video, Phase::Started) => "the video began to render",
            (Kind::Audio, Phase::Started) => "the audio began to render",
            (Kind::Video, Phase::Completed) => "the video is ready to download",
            (Kind::Image, Phase::Completed) => "the images are ready to download",
            (Kind::Audio, Phase::Completed) => "the audio is ready to download",
            (_, Phase::Errored) => "the job failed and its credits were refunded",
        }
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for EventType {
    type Err = UnknownEvent;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|event| event.as_str() == name).ok_or_else(|| UnknownEvent::new(name))
    }
}

/// A name or glob that matches none of the nine event types.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no event is called '{given}'")]
pub struct UnknownEvent {
    /// The value that was given.
    pub given: String,
    /// The type that was most likely meant.
    pub nearest: Option<&'static str>,
}

impl UnknownEvent {
    fn new(given: &str) -> Self {
        let known = EventType::ALL.map(EventType::as_str);
        Self { given: given.to_owned(), nearest: nearest(&in_our_words(given), known) }
    }
}

/// The name with the words of Magic Hour in place of those that other providers use.
fn in_our_words(name: &str) -> String {
    const SYNONYMS: [(&str, &[&str]); 6] = [
        ("errored", &["failed", "failure", "fail", "error", "canceled", "cancelled"]),
        ("completed", &["succeeded", "success", "done", "finished", "complete", "ready"]),
        ("started", &["start", "begin", "began", "created", "processing", "rendering"]),
        ("image", &["picture", "photo", "images"]),
        ("video", &["movie", "clip", "videos"]),
        ("audio", &["sound", "voice", "music"]),
    ];
    let ours = |word: &str| {
        let synonym = SYNONYMS.iter().find(|(_, others)| others.contains(&word));
        synonym.map_or_else(|| word.to_owned(), |(ours, _)| (*ours).to_owned())
    };
    // What is longer than any name is no slip of the finger.
    let short = name.chars().take(64).collect::<String>().to_lowercase();
    short.split(['.', '_', '-', ':', '/']).map(ours).collect::<Vec<_>>().join(".")
}

/// An event type, a glob over event types (`video.*`), a kind, a phase, or `all`.
///
/// It may name a type that is not known yet, since Magic Hour adds some. [`EventPattern::likely_slip`] finds what is
/// rather a slip.
#[derive(Clone, Debug)]
pub struct EventPattern {
    text: String,
    glob: WildMatch,
}

impl EventPattern {
    /// A pattern for events to be made: it picks at least one of the nine.
    ///
    /// # Errors
    ///
    /// [`UnknownEvent`] with the nearest type, if there is one.
    pub fn of_known(text: &str) -> Result<Self, UnknownEvent> {
        text.parse().and_then(
            |pattern: Self| {
                if pattern.known().next().is_some() { Ok(pattern) } else { Err(UnknownEvent::new(text)) }
            },
        )
    }

    /// Whether an event type, known or not, is picked.
    pub fn matches(&self, event: &str) -> bool {
        self.glob.matches(event)
    }

    /// The known event types that are picked, in the order of a job's life.
    pub fn known(&self) -> impl Iterator<Item = EventType> + '_ {
        EventType::ALL.into_iter().filter(|event| self.matches(event.as_str()))
    }

    /// The pattern that was probably meant, where this one picks none of the nine and is close to one that does.
    pub fn likely_slip(&self) -> Option<&'static str> {
        const MOST_SLIPS: usize = 2;
        const GLOBS: [&str; 6] = ["video.*", "image.*", "audio.*", "*.started", "*.completed", "*.errored"];
        if self.known().next().is_some() {
            return None;
        }
        let meant = in_our_words(&self.text);
        let names = EventType::ALL.map(EventType::as_str);
        let globs = GLOBS.into_iter().filter(|_| meant.contains('*'));
        let near = |name: &&str| strsim::damerau_levenshtein(&meant, name) <= MOST_SLIPS;
        names.into_iter().chain(globs).find(near)
    }
}

impl fmt::Display for EventPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for EventPattern {
    type Err = UnknownEvent;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(UnknownEvent::new(text));
        }
        let is_kind = Kind::ALL.iter().any(|kind| kind.as_str() == text);
        let is_phase = Phase::ALL.iter().any(|phase| phase.as_str() == text);
        let glob = match text {
            "all" => "*".to_owned(),
            kind if is_kind => format!("{kind}.*"),
            phase if is_phase => format!("*.{phase}"),
            text => text.to_owned(),
        };
        Ok(Self { text: text.to_owned(), glob: WildMatch::new(&glob) })
    }
}

#[cfg(test)]
mod tests {
    use super::{EventPattern, EventType};

    fn picked(pattern: &str) -> Vec<&'static str> {
        pattern.parse::<EventPattern>().unwrap().known().map(EventType::as_str).collect()
    }

    #[test]
    fn every_type_is_found_by_its_name() {
        for event in EventType::ALL {
            assert_eq!(event.as_str().parse(), Ok(event));
            assert_eq!(event.as_str(), format!("{}.{}", event.kind.as_str(), event.phase.as_str()));
        }
    }

    #[test]
    fn globs_pick_in_the_order_of_a_jobs_life() {
        assert_eq!(picked("video.*"), ["video.started", "video.completed", "video.errored"]);
        assert_eq!(picked("*.completed"), ["video.completed", "image.completed", "audio.completed"]);
        assert_eq!(picked("all").len(), 9);
        assert_eq!((picked("video"), picked("completed")), (picked("video.*"), picked("*.completed")));
    }

    #[test]
    fn words_of_other_providers_are_understood() {
        for (given, meant) in [
            ("video.failed", "video.errored"),
            ("image.succeeded", "image.completed"),
            ("photo_done", "image.completed"),
            ("AUDIO.created", "audio.started"),
        ] {
            assert_eq!(given.parse::<EventType>().unwrap_err().nearest, Some(meant));
        }
    }

    #[test]
    fn a_pattern_of_what_is_made_picks_at_least_one_of_the_nine() {
        assert_eq!(EventPattern::of_known("vidoe.completed").unwrap_err().nearest, Some("video.completed"));
        assert!(EventPattern::of_known("x*").is_err());
        assert!(EventPattern::of_known("video.*").is_ok());
        assert!(["", "a b", "a\n"].into_iter().all(|text| text.parse::<EventPattern>().is_err()));
    }

    #[test]
    fn a_name_that_is_not_known_yet_is_a_pattern_and_a_slip_is_found() {
        for (text, meant) in [
            ("vidoe.completed", Some("video.completed")),
            ("video.complete", Some("video.completed")),
            ("VIDEO.COMPLETED", Some("video.completed")),
            ("image.failed", Some("image.errored")),
            ("vidoe.*", Some("video.*")),
            ("image.archived", None),
            ("x.y", None),
            ("text.completed", None),
            ("video.*", None),
        ] {
            let pattern: EventPattern = text.parse().unwrap();
            assert_eq!(pattern.likely_slip(), meant, "{text}");
            assert!(text.contains('*') || pattern.matches(text), "{text}");
        }
    }

    #[test]
    fn a_pattern_also_matches_types_that_do_not_exist_yet() {
        let pattern: EventPattern = "video.*".parse().unwrap();
        assert!(pattern.matches("video.archived"));
        assert!(!pattern.matches("text.completed"));
    }
}
