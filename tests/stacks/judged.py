"""Handlers with a known mistake, and what `check` has to say about each."""

from dataclasses import dataclass, field

TIMESTAMPS = {"timestamp.stale", "timestamp.future"}
MALFORMED = {
    "malformed.invalid-json",
    "malformed.empty-body",
    "malformed.array",
    "malformed.missing-type",
    "malformed.missing-payload",
    "malformed.type-not-text",
    "malformed.payload-not-object",
}


@dataclass
class Wrong:
    """A mistake, the file that makes it, the findings that name it, and the one cause."""

    mistake: str
    file: str
    broken: set
    cause: str
    # The framework that is recognised, where its answers give it away.
    framework: str | None = None
    options: list = field(default_factory=list)


WRONG = {
    "express": [
        Wrong("parses-json-first", "express.mjs", {"accepts.signed-event"}, "fails-at-everything", "express"),
    ],
    "next": [
        Wrong(
            "signs-what-it-parsed",
            "next.ts",
            {
                "accepts.pretty-printed",
                "malformed.type-not-text",
                "malformed.payload-not-object",
                "malformed.deep-nesting",
            },
            "body-rewritten",
            "nextjs",
        ),
    ],
    "hono": [
        # Its answers of text name no framework: Hono adds no header.
        Wrong("reckons-in-milliseconds", "hono.ts", {"timestamp.milliseconds"}, "timestamp-in-milliseconds"),
    ],
    "fastify": [Wrong("has-no-raw-body", "fastify.mjs", {"accepts.signed-event"}, "body-undefined", "fastify")],
    "nest": [Wrong("has-no-raw-body", "nest.ts", {"accepts.signed-event"}, "fails-at-everything", "nestjs")],
    "worker": [Wrong("reads-the-body-twice", "worker.mjs", {"accepts.signed-event"}, "fails-at-everything")],
    "fastapi": [Wrong("signs-its-model", "fastapi.py", {"accepts.signed-event"}, "body-model", "fastapi")],
    "flask": [
        Wrong(
            "signs-what-it-parsed",
            "flask.py",
            {"accepts.compact", "malformed.array", "malformed.type-not-text", "malformed.deep-nesting"},
            "body-rewritten",
            "flask",
        ),
    ],
    "django": [Wrong("protects-against-csrf", "django.py", {"accepts.signed-event"}, "csrf", "django")],
    "php": [Wrong("signs-what-it-parsed", "php.php", {"accepts.signed-event"}, "body-rewritten", "php")],
    "sinatra": [Wrong("reads-the-body-twice", "sinatra.rb", {"accepts.signed-event"}, "body-empty", "sinatra")],
    "java": [
        Wrong(
            "takes-the-body-for-latin-1",
            "java.java",
            {"accepts.raw-unicode", "headers.duplicated-signature", "headers.duplicated-timestamp", *MALFORMED},
            "body-decoded",
        ),
    ],
}

MISTAKES = {
    "fastapi": [
        ("no-verification", {"signature.checked"}, "signature.checked"),
        ("no-timestamp-check", TIMESTAMPS, "timestamp.stale"),
        ("one-sided-window", {"timestamp.future"}, "timestamp.future"),
        ("ok-on-failure", {"delivery.honest-status"}, "delivery.honest-status"),
        ("signs-parsed-body", {"accepts.compact"}, "body-rewritten"),
        ("fails-on-garbage", MALFORMED | {"malformed.invalid-utf8", "malformed.deep-nesting"}, "malformed.invalid-json"),
        (
            "throws-on-odd-headers",
            {
                "signature.non-ascii",
                "timestamp.garbage",
                "timestamp.empty",
                "timestamp.fractional",
                "timestamp.non-ascii",
            },
            "signature.non-ascii",
        ),
    ],
    "express": [
        ("no-timestamp-check", TIMESTAMPS, "timestamp.stale"),
        ("signs-parsed-body", {"accepts.pretty-printed"}, "body-rewritten"),
        (
            "throws-on-lengths",
            {
                "signature.truncated",
                "signature.prefixed",
                "signature.versioned",
                "signature.base64",
                "signature.non-ascii",
            },
            "signature.truncated",
        ),
        ("small-bodies", {"accepts.body-1m"}, "accepts.body-1m"),
        (
            "strict-event-list",
            {"accepts.audio-started", "accepts.audio-completed", "accepts.audio-errored", "accepts.unknown-type"},
            "accepts.audio-started",
        ),
        ("other-header-names", {"headers.renamed"}, "header-names"),
        ("case-sensitive-headers", {"accepts.title-case-headers"}, "accepts.title-case-headers"),
        ("works-before-answering", {"delivery.answers-in-time"}, "delivery.answers-in-time"),
    ],
}
FILES = {"fastapi": "fastapi_mistakes.py", "express": "express_mistakes.mjs"}

for name, mistakes in MISTAKES.items():
    for mistake, broken, cause in mistakes:
        options = ["--burst", "20"] + (["--timeout", "3s"] if mistake == "works-before-answering" else [])
        WRONG[name].append(Wrong(mistake, FILES[name], broken, cause, name, options))
