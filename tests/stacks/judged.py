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
    """A mistake, the file that makes it, and the findings that name it."""

    mistake: str
    file: str
    broken: set
    options: list = field(default_factory=list)


WRONG = {
    "express": [Wrong("parses-json-first", "express.mjs", {"accepts.signed-event"})],
    "next": [
        Wrong(
            "signs-what-it-parsed",
            "next.ts",
            {
                "accepts.pretty-printed",
                "accepts.spaced",
                "accepts.escaped-unicode",
                "signature.reserialized",
                "signature.added-newline",
                "malformed.type-not-text",
                "malformed.payload-not-object",
                "malformed.deep-nesting",
            },
        )
    ],
    "hono": [Wrong("reckons-in-milliseconds", "hono.ts", {"timestamp.milliseconds"})],
    "fastify": [Wrong("has-no-raw-body", "fastify.mjs", {"accepts.signed-event"})],
    "nest": [Wrong("has-no-raw-body", "nest.ts", {"accepts.signed-event"})],
    "worker": [Wrong("reads-the-body-twice", "worker.mjs", {"accepts.signed-event"})],
    "fastapi": [Wrong("signs-its-model", "fastapi.py", {"accepts.signed-event"})],
    "flask": [
        Wrong(
            "signs-what-it-parsed",
            "flask.py",
            {
                "accepts.compact",
                "accepts.pretty-printed",
                "accepts.reordered-keys",
                "accepts.raw-unicode",
                "accepts.escaped-unicode",
                "signature.reserialized",
                "signature.added-newline",
                "malformed.array",
                "malformed.type-not-text",
                "malformed.deep-nesting",
            },
        )
    ],
    "django": [Wrong("protects-against-csrf", "django.py", {"accepts.signed-event"})],
    "php": [Wrong("signs-what-it-parsed", "php.php", {"accepts.signed-event"})],
    "sinatra": [Wrong("reads-the-body-twice", "sinatra.rb", {"accepts.signed-event"})],
    "java": [
        Wrong(
            "takes-the-body-for-latin-1",
            "java.java",
            {"accepts.raw-unicode", "headers.duplicated-signature", "headers.duplicated-timestamp", *MALFORMED},
        )
    ],
}
