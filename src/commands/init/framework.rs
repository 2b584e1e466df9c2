//! The frameworks that there is a handler for, as a table.

use clap::ValueEnum;

/// A framework that there is a handler for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Framework {
    /// Python: FastAPI
    #[value(aliases = ["python", "py", "starlette"])]
    Fastapi,
    /// Python: Flask
    Flask,
    /// Python: Django
    Django,
    /// Node: Express
    #[value(aliases = ["node", "nodejs", "js", "javascript"])]
    Express,
    /// Node: Next.js, app router
    #[value(aliases = ["next", "next.js"])]
    Nextjs,
    /// Workers, Bun, Deno, Node: Hono
    #[value(aliases = ["bun", "deno"])]
    Hono,
    /// Node: Fastify
    Fastify,
    /// Node: Nest
    #[value(aliases = ["nest"])]
    Nestjs,
    /// Cloudflare Workers without a framework
    #[value(aliases = ["workers", "cloudflare"])]
    Worker,
    /// AWS Lambda, Node.js
    #[value(aliases = ["aws", "aws-lambda"])]
    Lambda,
    /// Go: net/http
    #[value(aliases = ["golang", "net/http"])]
    Go,
    /// Ruby: Sinatra
    #[value(aliases = ["ruby", "rack"])]
    Sinatra,
    /// PHP without a framework
    #[value(aliases = ["laravel", "symfony"])]
    Php,
    /// Java: the JDK's own server
    #[value(aliases = ["jdk"])]
    Java,
    /// Java: Spring Boot
    #[value(aliases = ["spring-boot", "springboot"])]
    Spring,
    /// C#: ASP.NET minimal API
    #[value(aliases = ["asp.net", "dotnet", "csharp", "c#"])]
    Aspnet,
    /// Rust: axum
    #[value(aliases = ["rust"])]
    Axum,
}

/// The handler of a framework, and how to run it.
pub(super) struct HandlerTemplate {
    /// The file that is written where none is named.
    pub(super) file: &'static str,
    pub(super) text: &'static str,
    /// The command that installs what the handler needs.
    pub(super) install: Option<&'static str>,
    /// The command that runs the handler; `{}` is the file.
    pub(super) run: &'static str,
    pub(super) port: u16,
    pub(super) proof: Proof,
}

/// Evidence that a template is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// It runs in this project's tests and passes every must and should of `check`.
    Checked,
    /// It compiles in this project's tests, and was not run.
    Compiled,
    /// It was never compiled or run by this project.
    NotRun,
}

impl Proof {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Checked => "passes check",
            Self::Compiled => "compiled, not run",
            Self::NotRun => "not run",
        }
    }
}

/// A template that is tested as a program at port 8000.
const fn checked(
    file: &'static str,
    text: &'static str,
    install: Option<&'static str>,
    run: &'static str,
) -> HandlerTemplate {
    HandlerTemplate { file, text, install, run, port: 8000, proof: Proof::Checked }
}

macro_rules! text {
    ($name:literal) => {
        include_str!(concat!("templates/", $name))
    };
}

const NEST: &str = "npm install @nestjs/common @nestjs/core @nestjs/platform-express express reflect-metadata rxjs tsx";
const AXUM: &str = "cargo add axum hex hmac serde_json sha2 && cargo add tokio --features full";
const SPRING: &str = "./mvnw spring-boot:run -Dspring-boot.run.arguments=--server.port=8000";
const PHP: &str = "PHP_CLI_SERVER_WORKERS=4 php -S localhost:8000 {}";

impl Framework {
    /// The name that people type.
    pub(super) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// The language and the name of the framework.
    pub(super) fn title(self) -> String {
        self.to_possible_value().and_then(|value| value.get_help().map(ToString::to_string)).unwrap_or_default()
    }

    /// Other names that are understood.
    pub(super) fn aliases(self) -> Vec<String> {
        let value = self.to_possible_value();
        value.iter().flat_map(|value| value.get_name_and_aliases().skip(1)).map(str::to_owned).collect()
    }

    #[rustfmt::skip]
    pub(super) const fn template(self) -> HandlerTemplate {
        match self {
            Self::Fastapi => checked("webhook.py", text!("fastapi.py"), Some("pip install fastapi uvicorn"), "python {}"),
            Self::Flask => checked("webhook.py", text!("flask.py"), Some("pip install flask"), "python {}"),
            Self::Django => checked("webhook.py", text!("django.py"), Some("pip install django uvicorn"), "python {}"),
            Self::Express => checked("webhook.mjs", text!("express.mjs"), Some("npm install express"), "node {}"),
            Self::Nextjs => HandlerTemplate { port: 3000, ..checked("app/webhook/route.ts", text!("next.ts"), Some("npm install next react react-dom"), "npx next dev") },
            Self::Hono => checked("webhook.ts", text!("hono.ts"), Some("npm install hono"), "npx wrangler dev {} --port 8000"),
            Self::Fastify => checked("webhook.mjs", text!("fastify.mjs"), Some("npm install fastify"), "node {}"),
            Self::Nestjs => checked("webhook.ts", text!("nest.ts"), Some(NEST), "npx tsx {}"),
            Self::Worker => checked("webhook.mjs", text!("worker.mjs"), None, "npx wrangler dev {} --port 8000"),
            Self::Lambda => checked("webhook.mjs", text!("lambda.mjs"), None, "deploy it with webhook.handler as the handler's name"),
            Self::Go => checked("webhook.go", text!("go.go"), None, "go run {}"),
            Self::Sinatra => checked("webhook.rb", text!("sinatra.rb"), Some("gem install sinatra puma"), "ruby {}"),
            Self::Php => checked("webhook.php", text!("php.php"), None, PHP),
            Self::Java => checked("Webhook.java", text!("java.java"), None, "java {}"),
            Self::Spring => HandlerTemplate { proof: Proof::Compiled, ..checked("src/main/java/WebhookController.java", text!("spring.java"), None, SPRING) },
            Self::Aspnet => HandlerTemplate { proof: Proof::NotRun, ..checked("Program.cs", text!("aspnet.cs"), None, "dotnet run --urls http://localhost:8000") },
            Self::Axum => checked("src/bin/webhook.rs", text!("axum.rs.txt"), Some(AXUM), "cargo run --bin webhook"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use clap::ValueEnum;

    use super::Framework;

    #[test]
    fn no_two_frameworks_answer_to_one_name() {
        let mut names = HashSet::new();
        for framework in Framework::value_variants() {
            for name in framework.aliases().into_iter().chain([framework.name()]) {
                assert!(names.insert(name.clone()), "{name}");
            }
        }
    }

    #[test]
    fn every_template_follows_the_rules_that_a_reader_can_see() {
        for framework in Framework::value_variants() {
            let text = framework.template().text.to_lowercase();
            for word in ["magic-hour-event-signature", "magic-hour-event-timestamp", "magic_hour_webhook_secret", "300"]
            {
                assert!(text.contains(word), "{framework:?} lacks {word}");
            }
            let trims = ["trim()", "strip()", ".strip", "trim(", "trimspace"].iter().any(|word| text.contains(word));
            let both_ways = ["abs(", ".abs", "abs_diff", "-tolerance"].iter().any(|word| text.contains(word));
            assert!(trims && both_ways, "{framework:?}");
            assert!(text.contains("unique key") || text.contains("key of (job id, type)"), "{framework:?}");
        }
    }
}
