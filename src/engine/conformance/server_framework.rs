//! Recognition of the framework that answers, by its headers and by the style of its errors.

use serde::Serialize;

use crate::engine::conformance::observation::Answered;

/// The framework behind a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ServerFramework {
    Express,
    Nextjs,
    Hono,
    Fastify,
    Nestjs,
    Worker,
    Lambda,
    Fastapi,
    Flask,
    Django,
    Sinatra,
    Rails,
    Php,
    Spring,
    Go,
    Aspnet,
}

/// The language that a framework's handlers are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    JavaScript,
    Python,
    Ruby,
    Php,
    Java,
    Go,
    CSharp,
}

/// A trait of an answer that gives its framework away: parts of headers, and a part of the body.
struct Trait {
    framework: ServerFramework,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
}

const fn header(framework: ServerFramework, name: &'static [(&'static str, &'static str)]) -> Trait {
    Trait { framework, headers: name, body: "" }
}

const fn body(framework: ServerFramework, body: &'static str) -> Trait {
    Trait { framework, headers: &[], body }
}

use ServerFramework::{
    Aspnet, Django, Express, Fastapi, Fastify, Flask, Go, Hono, Lambda, Nestjs, Nextjs, Php, Rails, Sinatra, Spring,
    Worker,
};

/// The traits, the most telling first.
#[rustfmt::skip]
static TRAITS: [Trait; 27] = [
    header(Nextjs, &[("x-powered-by", "next.js")]),
    header(Nextjs, &[("vary", "next-router-state-tree")]),
    Trait { framework: Nestjs, headers: &[("x-powered-by", "express")], body: "\"statusCode\":" },
    header(Express, &[("x-powered-by", "express")]),
    body(Express, "<pre>Cannot "),
    body(Fastify, "\"statusCode\":"),
    header(Php, &[("x-powered-by", "php")]),
    body(Django, "CSRF verification failed"),
    header(Django, &[("server", "wsgiserver")]),
    header(Django, &[("cross-origin-opener-policy", "same-origin"), ("x-frame-options", "deny")]),
    header(Flask, &[("server", "werkzeug")]),
    header(Fastapi, &[("server", "uvicorn")]),
    header(Fastapi, &[("server", "hypercorn")]),
    header(Flask, &[("server", "gunicorn")]),
    header(Flask, &[("server", "waitress")]),
    header(Rails, &[("x-runtime", "")]),
    header(Sinatra, &[("x-cascade", "")]),
    header(Sinatra, &[("x-xss-protection", "1; mode=block")]),
    header(Sinatra, &[("server", "webrick")]),
    header(Aspnet, &[("server", "kestrel")]),
    header(Lambda, &[("x-amzn-requestid", "")]),
    header(Lambda, &[("apigw-requestid", "")]),
    header(Worker, &[("cf-ray", "")]),
    body(Spring, "\"timestamp\":\""),
    body(Go, "404 page not found"),
    header(Go, &[("content-type", "text/plain; charset=utf-8"), ("x-content-type-options", "nosniff")]),
    Trait { framework: Hono, headers: &[("content-type", "text/plain;charset=utf-8")], body: "404 Not Found" },
];

impl Trait {
    fn shows_in(&self, answer: &Answered) -> bool {
        let text = || String::from_utf8_lossy(&answer.body).into_owned();
        self.headers.iter().all(|(name, part)| {
            let values = answer.headers.get_all(*name).into_iter();
            values.filter_map(|value| value.to_str().ok()).any(|value| value.to_lowercase().contains(part))
        }) && (self.body.is_empty() || text().contains(self.body))
    }
}

/// The framework that these answers come from, if one of them gives it away.
pub fn recognise(answers: &[&Answered]) -> Option<ServerFramework> {
    let shows = |one: &&Trait| answers.iter().any(|answer| one.shows_in(answer));
    TRAITS.iter().find(shows).map(|one| one.framework)
}

impl ServerFramework {
    /// The name as people write it.
    pub const fn name(self) -> &'static str {
        match self {
            Express => "Express",
            Nextjs => "Next.js",
            Hono => "Hono",
            Fastify => "Fastify",
            Nestjs => "NestJS",
            Worker => "a Cloudflare Worker",
            Lambda => "AWS Lambda",
            Fastapi => "FastAPI",
            Flask => "Flask",
            Django => "Django",
            Sinatra => "Sinatra",
            Rails => "Rails",
            Php => "PHP",
            Spring => "Spring Boot",
            Go => "Go",
            Aspnet => "ASP.NET",
        }
    }

    /// The name under which `init` has a handler for it, or one in the same language.
    pub const fn init(self) -> &'static str {
        match self {
            Express => "express",
            Nextjs => "nextjs",
            Hono => "hono",
            Fastify => "fastify",
            Nestjs => "nestjs",
            Worker => "worker",
            Lambda => "lambda",
            Fastapi => "fastapi",
            Flask => "flask",
            Django => "django",
            Sinatra | Rails => "sinatra",
            Php => "php",
            Spring => "spring",
            Go => "go",
            Aspnet => "aspnet",
        }
    }

    /// The language of its handlers.
    pub const fn language(self) -> Language {
        match self {
            Express | Nextjs | Hono | Fastify | Nestjs | Worker | Lambda => Language::JavaScript,
            Fastapi | Flask | Django => Language::Python,
            Sinatra | Rails => Language::Ruby,
            Php => Language::Php,
            Spring => Language::Java,
            Go => Language::Go,
            Aspnet => Language::CSharp,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::{ServerFramework, recognise};
    use crate::engine::conformance::observation::Answered;

    fn answer(headers: &[(&'static str, &'static str)], body: &str) -> Answered {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let headers: HeaderMap = headers.iter().map(pair).collect();
        Answered { status: 404, headers, body: body.as_bytes().to_vec().into() }
    }

    #[test]
    fn each_framework_is_recognised_by_what_it_cannot_help_saying() {
        use ServerFramework::{Django, Express, Fastapi, Fastify, Flask, Go, Nestjs, Nextjs, Php, Sinatra, Spring};
        let table = [
            (Express, answer(&[("x-powered-by", "Express")], "{\"message\":\"no\"}")),
            (Nestjs, answer(&[("x-powered-by", "Express")], "{\"message\":\"Unauthorized\",\"statusCode\":401}")),
            (
                Fastify,
                answer(&[], "{\"message\":\"Route POST:/x not found\",\"error\":\"Not Found\",\"statusCode\":404}"),
            ),
            (Nextjs, answer(&[("vary", "rsc, next-router-state-tree, next-router-prefetch")], "")),
            (Fastapi, answer(&[("server", "uvicorn")], "{\"detail\":\"no\"}")),
            (Flask, answer(&[("server", "Werkzeug/3.1.9 Python/3.11.7")], "")),
            (Django, answer(&[("server", "uvicorn")], "<p>CSRF verification failed. Request aborted.</p>")),
            (Php, answer(&[("x-powered-by", "PHP/8.2.36")], "")),
            (Sinatra, answer(&[("x-cascade", "pass")], "<h1>Not Found</h1>")),
            (Spring, answer(&[], "{\"timestamp\":\"2026-01-01T00:00:00.000+00:00\",\"status\":404,\"path\":\"/x\"}")),
            (Go, answer(&[], "404 page not found\n")),
        ];
        for (framework, answer) in table {
            assert_eq!(recognise(&[&answer]), Some(framework));
        }
        assert_eq!(recognise(&[&answer(&[("server", "nginx")], "not found")]), None);
    }
}
