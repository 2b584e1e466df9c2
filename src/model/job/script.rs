//! Planned course of a job, fixed at its creation: render time, outcome, and the events that are sent.

use std::str::FromStr;

use fastrand::Rng;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::model::directive::Directives;
use crate::model::job::failure::failures_of;
use crate::model::tools::ToolKind;

/// Speed at which jobs render.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Speed {
    Instant,
    /// Slow enough to be seen: an image takes 1 s, sound 2 s, a video 4 s.
    #[default]
    Fast,
    /// As long as half of the real jobs take at most.
    Realistic,
    /// That speed times this factor.
    Factor(f64),
}

impl Speed {
    /// Render time of a job whose real counterparts have a median of `median_seconds`.
    pub fn render_time(self, kind: ToolKind, median_seconds: u32) -> SignedDuration {
        let median = f64::from(median_seconds);
        let seconds = match self {
            Self::Instant => 0.0,
            Self::Fast => match kind {
                ToolKind::Image | ToolKind::FaceDetection => 1.0,
                ToolKind::Audio => 2.0,
                ToolKind::Video => 4.0,
            },
            Self::Realistic => median,
            Self::Factor(factor) => median / factor,
        };
        SignedDuration::try_from_secs_f64(seconds).unwrap_or(SignedDuration::MAX)
    }
}

/// A speed that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a speed: instant, fast, realistic, or a factor above 0 such as 10")]
pub struct UnknownSpeed(String);

impl FromStr for Speed {
    type Err = UnknownSpeed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "instant" => Ok(Self::Instant),
            "fast" => Ok(Self::Fast),
            "realistic" => Ok(Self::Realistic),
            factor => factor
                .strip_suffix('x')
                .unwrap_or(factor)
                .parse()
                .ok()
                .filter(|factor: &f64| factor.is_finite() && *factor > 0.0)
                .map(Self::Factor)
                .ok_or_else(|| UnknownSpeed(text.to_owned())),
        }
    }
}

/// Outcome of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobOutcome {
    Complete,
    /// With an error of this code.
    Error(String),
    /// By being called off, while it waits: so no event was sent before.
    Canceled,
}

/// Planned course of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobScript {
    /// Render time; for a job that will be canceled, the time until then.
    pub render: SignedDuration,
    pub outcome: JobOutcome,
    /// Whether an event reports that it started. Fast image tools may skip that.
    pub has_started_event: bool,
    /// Whether it has events at all.
    pub has_events: bool,
}

impl JobScript {
    /// Makes the plan of a job of this kind: as its directives ask; else it fails at a rate from 0 to 1.
    ///
    /// The generator is used in any case, and equally often, so that a seed gives the same outcomes for the jobs without
    /// directives.
    pub fn new(
        kind: ToolKind,
        render: SignedDuration,
        directives: &Directives,
        error_rate: f64,
        rng: &mut Rng,
    ) -> Self {
        let (chance, choice) = (rng.f64(), rng.usize(..));
        let by_chance = || if chance < error_rate { failed(kind, choice) } else { JobOutcome::Complete };
        let outcome = match &directives.error {
            _ if directives.cancel => JobOutcome::Canceled,
            Some(code) => JobOutcome::Error(code.clone()),
            None => by_chance(),
        };
        Self {
            render: directives.duration.unwrap_or(render),
            outcome,
            has_started_event: !directives.no_started,
            has_events: !directives.no_webhook,
        }
    }
}

fn failed(kind: ToolKind, choice: usize) -> JobOutcome {
    let codes: Vec<&str> = kind.project().into_iter().flat_map(failures_of).collect();
    let code = choice.checked_rem(codes.len()).and_then(|index| codes.get(index));
    JobOutcome::Error(code.copied().unwrap_or("unknown_error").to_owned())
}

#[cfg(test)]
pub(super) mod tests {
    use fastrand::Rng;
    use jiff::SignedDuration;

    use super::{JobOutcome, JobScript, Speed};
    use crate::model::directive::Directives;
    use crate::model::tools::ToolKind;

    const SECOND: SignedDuration = SignedDuration::from_secs(1);

    fn outcomes(error_rate: f64, count: usize) -> Vec<JobOutcome> {
        let mut rng = Rng::with_seed(7);
        let plan = |_| JobScript::new(ToolKind::Video, SECOND, &Directives::default(), error_rate, &mut rng).outcome;
        (0..count).map(plan).collect()
    }

    /// A job that renders for some time and completes, with all its events.
    pub(crate) const fn completing_after(render: SignedDuration) -> JobScript {
        JobScript { render, outcome: JobOutcome::Complete, has_started_event: true, has_events: true }
    }

    #[test]
    fn speeds_are_named_or_factors() {
        let seconds = |speed: &str, kind| {
            let speed: Speed = speed.parse().unwrap();
            speed.render_time(kind, 50).as_secs_f64().to_string()
        };
        assert_eq!(seconds("instant", ToolKind::Video), "0");
        assert_eq!(seconds("fast", ToolKind::Audio), "2");
        assert_eq!(seconds("realistic", ToolKind::Video), "50");
        assert_eq!(seconds("20x", ToolKind::Video), "2.5");
        for nonsense in ["", "0", "-1", "nan", "quick", "infx"] {
            assert!(nonsense.parse::<Speed>().is_err(), "{nonsense}");
        }
        assert_eq!(Speed::Factor(1e-300).render_time(ToolKind::Video, 50), SignedDuration::MAX);
    }

    #[test]
    fn a_seed_gives_the_same_outcomes_again_at_about_the_rate() {
        assert_eq!(outcomes(0.3, 1_000), outcomes(0.3, 1_000));
        let failed = outcomes(0.3, 1_000).iter().filter(|outcome| **outcome != JobOutcome::Complete).count();
        assert!((250..350).contains(&failed), "{failed}");
        assert!(outcomes(0.0, 100).iter().all(|outcome| *outcome == JobOutcome::Complete));
        assert!(outcomes(1.0, 100).iter().all(|outcome| *outcome != JobOutcome::Complete));
    }

    #[test]
    fn directives_come_before_chance() {
        let plan = |text: &str, rate| {
            JobScript::new(ToolKind::Image, SECOND, &Directives::parse(text), rate, &mut Rng::with_seed(1))
        };
        assert_eq!(plan("[error=x]", 0.0).outcome, JobOutcome::Error("x".to_owned()));
        assert_eq!(plan("[cancel] [error=x]", 1.0).outcome, JobOutcome::Canceled);
        assert_eq!(plan("[duration=3s]", 0.0).render, SignedDuration::from_secs(3));
        assert!(!plan("[no-started]", 0.0).has_started_event && !plan("[no-webhook]", 0.0).has_events);
    }
}
