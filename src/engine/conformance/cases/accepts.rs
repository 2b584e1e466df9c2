//! Cases of the group `accepts`: every event that Magic Hour sends, or may send tomorrow, is accepted.

use crate::engine::conformance::advice::{
    CONTENT_TYPE, EVENT_TYPES, FRAMING, HEADER_CASE, LATE, NULLABLE, OPEN_SCHEMA, ORDER, RAW_BODY, SIGNED_EVENT, SIZE,
    UNKNOWN_JOB, UNKNOWN_TYPES,
};
use crate::engine::conformance::case::Level::{May, Must, Should};
use crate::engine::conformance::case::{Advice, BaselineRule, Case, Group, Probe, Sequence, Special};
use crate::engine::conformance::expectation::Expectation;
use crate::engine::conformance::request_spec::{PLAIN, RequestSpec};
use crate::model::contract::payload::FieldSet;
use crate::model::{EventType, Kind, Layout, Phase};

const fn case(id: &'static str, rule: &'static str, probe: Probe, advice: &'static Advice) -> Case {
    let follows = &["accepts.signed-event"];
    Case { id, group: Group::Accepts, level: Must, rule, probe, expected: Expectation::Accepted, advice, follows }
}

const fn of(kind: Kind, phase: Phase) -> RequestSpec {
    RequestSpec { event: Some(EventType::new(kind, phase)), ..PLAIN }
}

const fn event(id: &'static str, rule: &'static str, kind: Kind, phase: Phase) -> Case {
    case(id, rule, Probe::Deliver(of(kind, phase)), &EVENT_TYPES)
}

const fn written(id: &'static str, rule: &'static str, layout: Layout, set: &'static [&'static str]) -> Case {
    case(id, rule, Probe::Deliver(RequestSpec { layout: Some(layout), set, ..PLAIN }), &RAW_BODY)
}

const fn header(id: &'static str, rule: &'static str, header: &'static str, advice: &'static Advice) -> Case {
    case(id, rule, Probe::Deliver(RequestSpec { header: Some(header), ..PLAIN }), advice)
}

const fn sized(id: &'static str, rule: &'static str, size: usize) -> Case {
    case(id, rule, Probe::Deliver(RequestSpec { size, ..PLAIN }), &SIZE)
}

const fn changed(
    id: &'static str,
    rule: &'static str,
    spec: RequestSpec,
    set: &'static [&'static str],
    advice: &'static Advice,
) -> Case {
    case(id, rule, Probe::Deliver(RequestSpec { set, ..spec }), advice)
}

use Kind::{Audio, Image, Video};
use Phase::{Completed, Errored, Started};

const FAILED: RequestSpec = RequestSpec { phase: Some(Errored), ..PLAIN };
const NO_CHARGE: &[&str] = &["payload.credits_charged=0"];
const UNICODE: &[&str] = &["payload.name=héllo 🐱"];
const QUERIES: &[&str] = &[
    r#"payload.downloads=[{"url":"https://videos.magichour.ai/id/output.mp4?expires=2099&signature=a%2Bb","expires_at":"2099-01-01T00:00:00.000Z"}]"#,
];
const SEVERAL: &[&str] = &[
    r#"payload.downloads=[{"url":"https://videos.magichour.ai/id/1.png","expires_at":"2099-01-01T00:00:00.000Z"},{"url":"https://videos.magichour.ai/id/2.png","expires_at":"2099-01-01T00:00:00.000Z"}]"#,
];
const ON_ONE_CONNECTION: Sequence =
    Sequence { about: "three events on one connection", one_job: false, specs: &[PLAIN, PLAIN, PLAIN] };
const LATE_DELIVERY: RequestSpec = RequestSpec { age: 120, ..PLAIN };
const LATE_START: Sequence = Sequence {
    about: "completed, then started, of one job",
    one_job: true,
    specs: &[PLAIN, RequestSpec { phase: Some(Started), ..PLAIN }],
};

#[rustfmt::skip]
pub(crate) static ACCEPTS: [Case; 35] = [
    case("accepts.unknown-job", "an event of a job that the handler does not know is answered 2xx or 404; --id names one that it knows", Probe::Baseline(BaselineRule::UnknownJob), &UNKNOWN_JOB).following(&[]).at(May),
    case("accepts.signed-event", "a correctly signed event is answered 2xx", Probe::Baseline(BaselineRule::Accepts), &SIGNED_EVENT).following(&["accepts.unknown-job"]),

    event("accepts.video-started", "video.started is answered 2xx", Video, Started),
    event("accepts.video-completed", "video.completed is answered 2xx", Video, Completed),
    event("accepts.video-errored", "video.errored is answered 2xx", Video, Errored),
    event("accepts.image-started", "image.started is answered 2xx", Image, Started),
    event("accepts.image-completed", "image.completed is answered 2xx", Image, Completed),
    event("accepts.image-errored", "image.errored is answered 2xx", Image, Errored),
    event("accepts.audio-started", "audio.started is answered 2xx", Audio, Started),
    event("accepts.audio-completed", "audio.completed is answered 2xx", Audio, Completed),
    event("accepts.audio-errored", "audio.errored is answered 2xx", Audio, Errored),
    case("accepts.unknown-type", "an event of a type that does not exist yet is answered 2xx", Probe::Deliver(RequestSpec { set: &["type=video.archived"], ..PLAIN }), &UNKNOWN_TYPES),

    written("accepts.compact", "compact JSON is taken", Layout::Compact, &[]),
    written("accepts.pretty-printed", "indented JSON is taken", Layout::Pretty, &[]),
    written("accepts.spaced", "JSON with spaces after colons and commas is taken", Layout::Spaced, &[]),
    written("accepts.reordered-keys", "keys in another order are taken", Layout::Sorted, &[]),
    written("accepts.raw-unicode", "characters outside ASCII are taken as they are", Layout::Compact, UNICODE),
    written("accepts.link-queries", "links with a query, as signed ones have, are taken", Layout::Compact, QUERIES),
    written("accepts.escaped-unicode", "characters outside ASCII are taken as \\u escapes", Layout::Escaped, UNICODE),

    header("accepts.charset", "a content type with a charset is taken", "content-type: application/json; charset=utf-8", &CONTENT_TYPE),
    header("accepts.no-content-type", "an event without a content type is taken", "content-type:", &CONTENT_TYPE).at(Should),

    case("accepts.unknown-fields", "fields that the documentation does not name are ignored", Probe::Deliver(RequestSpec { set_new: &["payload.added_tomorrow={\"a\":[1]}", "version=2"], ..PLAIN }), &OPEN_SCHEMA),
    case("accepts.documented-fields", "an event with the documented fields only is taken", Probe::Deliver(RequestSpec { fields: Some(FieldSet::Documented), ..PLAIN }), &OPEN_SCHEMA),
    case("accepts.deprecated-fields", "an event with the deprecated fields is taken", Probe::Deliver(RequestSpec { fields: Some(FieldSet::Wire), ..PLAIN }), &OPEN_SCHEMA),

    changed("accepts.null-name", "a job without a name is taken", PLAIN, &["payload.name=null"], &NULLABLE),
    changed("accepts.no-downloads", "a completed job without downloads is taken", PLAIN, &["payload.downloads=[]"], &NULLABLE),
    changed("accepts.several-downloads", "a job with several downloads is taken", PLAIN, SEVERAL, &NULLABLE),
    changed("accepts.free-error", "a failed job that cost 0 credits is taken", FAILED, NO_CHARGE, &NULLABLE),

    sized("accepts.body-64k", "a body of 64 KB is taken", 64_000),
    sized("accepts.body-1m", "a body of 1 MB is taken", 1_000_000).at(Should),

    case("accepts.late-delivery", "an event that was signed two minutes ago is taken", Probe::Deliver(LATE_DELIVERY), &LATE).at(Should),
    case("accepts.out-of-order", "a started that comes after its completed is taken", Probe::Sequence(LATE_START), &ORDER),
    header("accepts.chunked", "a body in chunks, without a length, is taken", "transfer-encoding: chunked", &FRAMING).at(Should),
    case("accepts.keep-alive", "several events on one connection are taken", Probe::Sequence(ON_ONE_CONNECTION), &FRAMING),
    case("accepts.title-case-headers", "header names are recognised in any letter case", Probe::Special(Special::TitleCase), &HEADER_CASE),
];
