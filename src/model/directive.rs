//! Directives: what a job's name or prompt asks of the sandbox, such as `[error=no_source_face]`, in the manner of the
//! test cards of payment providers. Any SDK can write them.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::signing::fault;
use crate::model::signing::fault::Fault;
use crate::model::text;
use crate::model::text::one_line::{in_one_line, shortened};
use crate::model::tools::PAYMENT_CODES;

/// The directives of one job. Flags and values that were not given are false and `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Directives {
    /// `[error=CODE]`, or `[error]` for an unknown one: the job fails.
    pub error: Option<String>,
    /// `[cancel]`: the job is canceled.
    pub cancel: bool,
    /// `[duration=3s]`: how long it renders.
    pub duration: Option<SignedDuration>,
    /// `[no-started]`: no started event is sent.
    pub no_started: bool,
    /// `[no-webhook]`: no event is sent at all.
    pub no_webhook: bool,
    /// `[duplicate]`: every event is sent twice.
    pub duplicate: bool,
    /// `[reorder]`: the started event is sent after the last one.
    pub reorder: bool,
    /// `[late=5s]`: how long the events wait before they are sent.
    pub late: Option<SignedDuration>,
    /// `[fault=NAME]`, repeatable: names of the catalogue of faults, by which the deliveries are broken.
    pub faults: Vec<String>,
    /// `[status=429]`: what the create call itself answers.
    pub status: Option<u16>,
    /// `[status=plan_upgrade_required]`: the code of a 402.
    pub code: Option<String>,
    /// Texts that look like directives and are none, each in one sentence.
    pub warnings: Vec<String>,
}

/// The fields of a request that are searched, where they are text.
const FIELDS: [&str; 5] = ["/name", "/style/prompt", "/style/topic", "/script", "/content"];

/// The most warnings of one job; a prompt of 600 KB has room for 100,000.
const MOST_WARNINGS: usize = 10;

/// The longest name that is compared with those of the directives.
const LONGEST_NAME: usize = 32;

/// Every directive, with a value that shows how it is written.
const KNOWN: [(&str, Option<&str>); 10] = [
    ("error", Some("no_source_face")),
    ("cancel", None),
    ("duration", Some("3s")),
    ("no-started", None),
    ("no-webhook", None),
    ("duplicate", None),
    ("reorder", None),
    ("late", Some("5s")),
    ("fault", Some("stale-timestamp")),
    ("status", Some("429")),
];

/// Every directive as it is written, such as `[late=5s]`.
pub fn examples() -> impl Iterator<Item = String> {
    KNOWN.into_iter().map(|(name, value)| match value {
        Some(value) => format!("[{name}={value}]"),
        None => format!("[{name}]"),
    })
}

impl Directives {
    /// The directives in the name and the prompt of a create call.
    pub fn of(body: &Value) -> Self {
        let mut directives = Self::default();
        for text in FIELDS.iter().filter_map(|field| body.pointer(field)?.as_str()) {
            directives.read(text);
        }
        directives
    }

    /// The directives in one text.
    pub fn parse(text: &str) -> Self {
        let mut directives = Self::default();
        directives.read(text);
        directives
    }

    /// The faults by which the deliveries are broken.
    pub fn faults(&self) -> impl Iterator<Item = &'static Fault> + '_ {
        self.faults.iter().filter_map(|name| fault::find(name).ok())
    }

    fn read(&mut self, text: &str) {
        // Split at '[', so that a bracket that is never closed hides none of those behind it.
        for inside in text.split('[').skip(1).filter_map(|rest| rest.split_once(']')).map(|(inside, _)| inside) {
            let (name, value) =
                inside.split_once('=').map_or((inside, None), |(name, value)| (name, Some(value.trim())));
            let name = name.trim().to_ascii_lowercase();
            if !self.apply(&name, value.filter(|value| !value.is_empty())) {
                self.warn(inside, &name);
            }
        }
    }

    /// Notes a directive; false if it is none, or has not the value that it needs.
    fn apply(&mut self, name: &str, value: Option<&str>) -> bool {
        match (name, value) {
            ("error", code) => self.error = Some(code.unwrap_or("unknown_error").to_owned()),
            ("cancel", None) => self.cancel = true,
            ("no-started", None) => self.no_started = true,
            ("no-webhook", None) => self.no_webhook = true,
            ("duplicate", None) => self.duplicate = true,
            ("reorder", None) => self.reorder = true,
            ("duration", Some(value)) => return set(&mut self.duration, duration(value)),
            ("late", Some(value)) => return set(&mut self.late, duration(value)),
            ("status", Some(code)) if PAYMENT_CODES.contains(&code) => {
                (self.status, self.code) = (Some(402), Some(code.to_owned()));
            }
            ("status", Some(value)) => return set(&mut self.status, status(value)),
            ("fault", Some(value)) if fault::find(value).is_ok() => self.faults.push(value.to_owned()),
            _ => return false,
        }
        true
    }

    fn warn(&mut self, inside: &str, name: &str) {
        if name.len() > LONGEST_NAME || self.warnings.len() >= MOST_WARNINGS {
            return;
        }
        let unknown_fault = inside.split_once('=').filter(|_| name == "fault");
        let fault = unknown_fault.and_then(|(_, value)| fault::find(value.trim()).err()?.nearest);
        let meant = fault.map(|fault| format!("[fault={fault}]")).or_else(|| near_miss(name));
        if let Some(meant) = meant {
            let shown = shortened(in_one_line(inside), 2 * LONGEST_NAME);
            self.warnings.push(if self.warnings.len() + 1 < MOST_WARNINGS {
                format!("[{shown}] is not a directive: was {meant} meant?")
            } else {
                format!("[{shown}] is not a directive, and further ones are not checked")
            });
        }
    }
}

/// Keeps a value that could be read; says whether it could.
fn set<T>(slot: &mut Option<T>, value: Option<T>) -> bool {
    let known = value.is_some();
    if known {
        *slot = value;
    }
    known
}

fn duration(text: &str) -> Option<SignedDuration> {
    SignedDuration::try_from(text::duration::parse(text).ok()?).ok()
}

fn status(text: &str) -> Option<u16> {
    text.parse().ok().filter(|status| (400..=599).contains(status))
}

/// The directive that a name was probably meant to be. Brackets are common in prompts, so a likeness must be close.
fn near_miss(name: &str) -> Option<String> {
    const CLOSE: f64 = 0.7;
    const LONG_ENOUGH: usize = 4;
    let (likeness, (known, example)) = KNOWN
        .iter()
        .map(|directive| {
            let longer =
                name.starts_with(directive.0) && directive.0.len() >= LONG_ENOUGH && name.len() < 2 * directive.0.len();
            let likeness = strsim::normalized_damerau_levenshtein(name, directive.0);
            (if longer { likeness.max(CLOSE) } else { likeness }, directive)
        })
        .max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    let written = || example.map_or_else(|| format!("[{known}]"), |example| format!("[{known}={example}]"));
    (likeness >= CLOSE).then(written)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use serde_json::json;

    use super::Directives;

    #[test]
    fn a_name_says_what_shall_happen() {
        let directives =
            Directives::parse("a cat [error=no_source_face] [Duration = 3s][no-started] [late=500ms] [status=429]");
        let expected = Directives {
            error: Some("no_source_face".to_owned()),
            duration: Some(SignedDuration::from_secs(3)),
            no_started: true,
            late: Some(SignedDuration::from_millis(500)),
            status: Some(429),
            ..Directives::default()
        };
        assert_eq!(directives, expected);
    }

    #[test]
    fn name_and_prompt_add_up_and_the_later_value_counts() {
        let body = json!({
            "name": "x [fault=stale-timestamp] [duration=1s]",
            "style": { "prompt": "[fault=wrong-secret] [duplicate] [reorder] [cancel] [no-webhook] [duration=2]" }
        });
        let directives = Directives::of(&body);
        assert_eq!(directives.faults, ["stale-timestamp", "wrong-secret"]);
        assert_eq!(directives.faults().count(), 2);
        assert!(directives.duplicate && directives.reorder && directives.cancel && directives.no_webhook);
        assert_eq!(directives.duration, Some(SignedDuration::from_secs(2)));
        assert_eq!(Directives::of(&json!({ "name": 7, "style": "[cancel]" })), Directives::default());
    }

    #[test]
    fn text_in_brackets_is_a_part_of_the_prompt() {
        for prompt in ["[verse] la la [chorus]", "[dance]", "[::1]", "a [b", "c] d", "[]", "[=]", "[lights off]"] {
            assert_eq!(Directives::parse(prompt), Directives::default(), "{prompt}");
        }
    }

    #[test]
    fn a_near_miss_is_reported() {
        let warnings = |text: &str| Directives::parse(text).warnings.join("\n");
        assert_eq!(warnings("[eror=x]"), "[eror=x] is not a directive: was [error=no_source_face] meant?");
        assert_eq!(warnings("[no-webhok]"), "[no-webhok] is not a directive: was [no-webhook] meant?");
        assert_eq!(warnings("[cancelled]"), "[cancelled] is not a directive: was [cancel] meant?");
        assert_eq!(warnings("[duration=long]"), "[duration=long] is not a directive: was [duration=3s] meant?");
        assert_eq!(warnings("[late=-5s]"), "[late=-5s] is not a directive: was [late=5s] meant?");
        assert_eq!(warnings("[status=200]"), "[status=200] is not a directive: was [status=429] meant?");
        assert_eq!(
            warnings("[fault=stale-timestmap]"),
            "[fault=stale-timestmap] is not a directive: was [fault=stale-timestamp] meant?"
        );
        assert_eq!(warnings("[fault=zzz]"), "[fault=zzz] is not a directive: was [fault=stale-timestamp] meant?");
    }

    #[test]
    fn a_warning_is_one_line_and_there_are_ten_at_most() {
        let warnings = Directives::parse("[eror=x\nerror: the disk is full]").warnings;
        assert_eq!(
            warnings,
            ["[eror=x error: the disk is full] is not a directive: was [error=no_source_face] meant?"]
        );
        let warnings = Directives::parse(&"[eror]".repeat(100_000)).warnings;
        assert_eq!(warnings.len(), 10);
        assert_eq!(warnings[9], "[eror] is not a directive, and further ones are not checked");
        assert!(Directives::parse(&format!("[{}]", "eror".repeat(50_000))).warnings.is_empty());
    }

    #[test]
    fn a_bracket_that_is_never_closed_hides_nothing() {
        assert!(Directives::parse("[x [cancel]").cancel);
        assert!(Directives::parse("[[cancel]]").cancel);
    }
}
