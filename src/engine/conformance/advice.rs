//! The reasons behind the rules, which many cases share: where a rule comes from, why it matters, how to follow it.

use crate::engine::conformance::case::Advice;
use crate::engine::conformance::topic::RuleTopic;

const SECURITY: &str = "Magic Hour's documentation on securing webhooks";
const HANDLERS: &str = "Magic Hour's documentation on webhook handlers";
const EVENTS: &str = "Magic Hour's webhook specification and event types";
const HTTP: &str = "HTTP (RFC 9110 and 9112)";
const PRACTICE: &str = "good practice";

pub(crate) static SIGNED_EVENT: Advice = Advice {
    source: HANDLERS,
    topic: RuleTopic::Status,
    why: "an event that is not answered 2xx is sent again for 24 hours and then lost",
    fix: "answer 2xx as soon as an event is verified and kept; see the handler's log for the reason",
};

pub(crate) static EVENT_TYPES: Advice = Advice {
    source: EVENTS,
    topic: RuleTopic::Parsing,
    why: "an endpoint may subscribe to any of the nine types, and a refused event is sent again for 24 hours",
    fix: "answer 2xx to every type; ignore those that you do not need",
};

pub(crate) static UNKNOWN_TYPES: Advice = Advice {
    source: HANDLERS,
    topic: RuleTopic::Parsing,
    why: "a type that Magic Hour adds tomorrow would be retried for 24 hours, over and over",
    fix: "log what you do not know and answer 2xx",
};

pub(crate) static RAW_BODY: Advice = Advice {
    source: SECURITY,
    topic: RuleTopic::RawBody,
    why: "the signature covers the bytes as they came: JSON that was parsed and written again has others, and a right event is refused as soon as Magic Hour writes a space, a key or a character differently",
    fix: "verify the raw body and parse it afterwards: express.raw(), await request.arrayBuffer(), await request.body(), request.get_data(), request.body (Django), php://input, request.body.read (Rack), @RequestBody byte[] (Spring), io.ReadAll (Go)",
};

pub(crate) static CONTENT_TYPE: Advice = Advice {
    source: HTTP,
    topic: RuleTopic::RawBody,
    why: "a parser that only wakes up at exactly application/json leaves the body unread, and the event is refused",
    fix: "read the raw body for every content type",
};

pub(crate) static OPEN_SCHEMA: Advice = Advice {
    source: EVENTS,
    topic: RuleTopic::Parsing,
    why: "Magic Hour adds fields, and leaves deprecated ones out, without asking: a strict schema then refuses every event",
    fix: "read the fields that you need and ignore the others (no additionalProperties: false, no extra = forbid, no .strict())",
};

pub(crate) static NULLABLE: Advice = Advice {
    source: EVENTS,
    topic: RuleTopic::Parsing,
    why: "the specification allows it, so it will come, and a handler that rejects it loses the event",
    fix: "let name be null, downloads be empty or many, and credits_charged be 0",
};

pub(crate) static SIZE: Advice = Advice {
    source: PRACTICE,
    topic: RuleTopic::Other,
    why: "an event with many signed links is large; one over the limit is refused with 413 at every retry until it is lost",
    fix: "allow bodies of at least 1 MiB on this route",
};

pub(crate) static ORDER: Advice = Advice {
    source: HANDLERS,
    topic: RuleTopic::Other,
    why: "fast image tools skip image.started, and retries overtake each other: events come in any order",
    fix: "act on each event by itself; let a late started never undo a completed",
};

pub(crate) static FRAMING: Advice = Advice {
    source: HTTP,
    topic: RuleTopic::Other,
    why: "how a body is framed and whether a connection is used again is the client's choice, and proxies change it",
    fix: "leave reading the request to the web server; see that it reads every body to its end",
};

pub(crate) static HEADER_CASE: Advice = Advice {
    source: HTTP,
    topic: RuleTopic::Signature,
    why: "proxies and gateways rewrite the case of header names; a handler that compares it refuses every event behind one",
    fix: "look headers up with the framework's own function, which ignores case",
};

pub(crate) static UNKNOWN_JOB: Advice = Advice {
    source: PRACTICE,
    topic: RuleTopic::Other,
    why: "refusing an event that beats the job's own record is right, since it comes again; but without a job that the handler knows nothing more can be asked of it",
    fix: "run again with --id and the id of a job that the handler knows",
};

pub(crate) static FORGERY: Advice = Advice {
    source: SECURITY,
    topic: RuleTopic::Signature,
    why: "anyone who knows the URL can forge events: mark unpaid jobs as done, or feed the application links of their choice",
    fix: "compute HMAC-SHA256 over timestamp, '.', raw body, and compare it with the header in constant time before anything else",
};

pub(crate) static SIGNATURE_FORM: Advice = Advice {
    source: SECURITY,
    topic: RuleTopic::Signature,
    why: "a signature of another form is not Magic Hour's; a handler that accepts one compares something else than Magic Hour sends",
    fix: "check that the header is 64 lower-case hex digits before comparing it, and answer 401 if not",
};

pub(crate) static SIGNED_MESSAGE: Advice = Advice {
    source: SECURITY,
    topic: RuleTopic::Signature,
    why: "a digest over anything but timestamp, '.' and raw body leaves out what an attacker may then change",
    fix: "sign the timestamp header's text, a dot, and the raw body, in this order and without anything else",
};

pub(crate) static SECRET: Advice = Advice {
    source: SECURITY,
    topic: RuleTopic::Secret,
    why: "a handler that accepts this holds another secret than the one that was given: it reads it with a quote or a line break, and refuses what Magic Hour signs",
    fix: "trim the secret where it is read, and keep quotes out of the file that holds it",
};

pub(crate) static WINDOW: Advice = Advice {
    source: SECURITY,
    topic: RuleTopic::Window,
    why: "without a window of time in both directions, anyone who sees one delivery can send it again for ever",
    fix: "refuse timestamps that differ from now by more than 300 s: abs(now - timestamp) > 300",
};

pub(crate) static TIMESTAMP_FORM: Advice = Advice {
    source: SECURITY,
    topic: RuleTopic::Window,
    why: "what is not a number compares as neither too old nor too new: the window is open",
    fix: "check that the timestamp is 1 to 12 ASCII digits before it is used, and answer 401 if not",
};

pub(crate) static HEADERS: Advice = Advice {
    source: SECURITY,
    topic: RuleTopic::Signature,
    why: "a check that is skipped when a header is missing is no check: forgers leave the header out",
    fix: "answer 401 unless both magic-hour-event-signature and magic-hour-event-timestamp are there",
};

pub(crate) static HEADER_NAMES: Advice = Advice {
    source: SECURITY,
    topic: RuleTopic::Signature,
    why: "Magic Hour sends magic-hour-event-signature and magic-hour-event-timestamp: a handler that reads other names refuses every real event",
    fix: "read exactly these two names",
};

pub(crate) static DUPLICATE_HEADERS: Advice = Advice {
    source: PRACTICE,
    topic: RuleTopic::Signature,
    why: "of two values this handler and the proxy before it may believe different ones",
    fix: "refuse a delivery that has either header more than once",
};

pub(crate) static BAD_BODY: Advice = Advice {
    source: HANDLERS,
    topic: RuleTopic::Parsing,
    why: "only Magic Hour can sign such a body, so nothing is forged; but 2xx claims that something was done, and 5xx looks like a failure of the handler, in the midst of which real ones are missed",
    fix: "parse within try/catch, check that type is a text and payload an object, and answer 400 otherwise",
};

pub(crate) static DEPTH: Advice = Advice {
    source: PRACTICE,
    topic: RuleTopic::Parsing,
    why: "a parser that follows nesting without a limit runs out of stack, and takes the process with it",
    fix: "use a parser with a limit of depth, and catch its error",
};

pub(crate) static IN_TIME: Advice = Advice {
    source: HANDLERS,
    topic: RuleTopic::AnswerFirst,
    why: "after 10 s Magic Hour counts the attempt as failed and sends the event again: the slow work is done twice",
    fix: "answer first, then work: a queue, a background task, waitUntil()",
};

pub(crate) static REDIRECT: Advice = Advice {
    source: HTTP,
    topic: RuleTopic::Other,
    why: "only 2xx counts as received, and a POST loses its body in most redirects",
    fix: "register the URL that the redirect names: http or https, with or without a '/' at its end",
};

pub(crate) static HONESTY: Advice = Advice {
    source: HANDLERS,
    topic: RuleTopic::Status,
    why: "2xx means received: an event whose work failed is never sent again, and nobody notices",
    fix: "answer with a status that says it: 401 for a bad signature, 400 for a bad body, 500 for a failure of your own",
};

pub(crate) static RATE: Advice = Advice {
    source: PRACTICE,
    topic: RuleTopic::Other,
    why: "a limit by address meets all events of Magic Hour alike: each 429 is one more retry, and makes the next burst larger",
    fix: "exempt this route from rate limits, or count only requests whose signature is wrong",
};

pub(crate) static REPEATS: Advice = Advice {
    source: HANDLERS,
    topic: RuleTopic::Other,
    why: "delivery is at least once: the same event comes again, and an answer other than 2xx brings it back for 24 hours",
    fix: "keep payload.id and type of what was handled, and answer 2xx without doing it again",
};

pub(crate) static BURST: Advice = Advice {
    source: HANDLERS,
    topic: RuleTopic::AnswerFirst,
    why: "many jobs finish at once; an event that is not answered 2xx within 10 s comes again on top of the rest",
    fix: "verify, put the event into a queue, answer; do no slow work and hold no lock in between",
};

pub(crate) static BROKEN_CONNECTIONS: Advice = Advice {
    source: PRACTICE,
    topic: RuleTopic::Other,
    why: "connections break, on purpose or not; one of them must not cost the events that follow",
    fix: "let the web server end broken requests; do not wait for a body without a limit of time",
};

pub(crate) static OTHER_METHODS: Advice = Advice {
    source: HTTP,
    topic: RuleTopic::Other,
    why: "browsers, monitors and scanners will try it; an error of your own hides the real ones",
    fix: "answer 405 or 404 to every method but POST",
};

pub(crate) static BYTE_ORDER_MARK: Advice = Advice {
    source: PRACTICE,
    topic: RuleTopic::Other,
    why: "reading the body as text, as `await req.text()` and the documentation's own sample do, drops a byte order mark; the event itself is the one that Magic Hour signed, so nothing is forged",
    fix: "nothing has to change; reading the body as bytes would show the difference",
};

pub(crate) static LATE: Advice = Advice {
    source: SECURITY,
    topic: RuleTopic::Window,
    why: "clocks differ and deliveries wait in queues: a window that is much shorter than the documented 300 s refuses real events",
    fix: "compare seconds with seconds, and allow 300 s: abs(now - timestamp) <= 300",
};
