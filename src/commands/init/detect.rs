//! Detection of the framework that a folder's application is written in, by the files that name its dependencies.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::commands::init::framework::Framework;

/// The most that is read of a file.
const MAX_BYTES: u64 = 1024 * 1024;

/// A framework that a folder seems to use, and the file that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Likely {
    pub(super) framework: Framework,
    pub(super) file: &'static str,
}

/// A file, a word in it, and the framework that the two mean. The first that applies is the likeliest.
type Sign = (&'static str, &'static str, Framework);

/// Files that are searched for words. An empty word is found wherever the file exists.
const SIGNS: [Sign; 27] = [
    ("manage.py", "django", Framework::Django),
    ("requirements.txt", "fastapi", Framework::Fastapi),
    ("requirements.txt", "django", Framework::Django),
    ("requirements.txt", "flask", Framework::Flask),
    ("pyproject.toml", "fastapi", Framework::Fastapi),
    ("pyproject.toml", "django", Framework::Django),
    ("pyproject.toml", "flask", Framework::Flask),
    ("Pipfile", "fastapi", Framework::Fastapi),
    ("Pipfile", "django", Framework::Django),
    ("Pipfile", "flask", Framework::Flask),
    ("template.yaml", "AWS::Serverless", Framework::Lambda),
    ("serverless.yml", "aws", Framework::Lambda),
    ("wrangler.toml", "", Framework::Worker),
    ("wrangler.json", "", Framework::Worker),
    ("wrangler.jsonc", "", Framework::Worker),
    ("deno.json", "hono", Framework::Hono),
    ("go.mod", "", Framework::Go),
    ("Gemfile", "", Framework::Sinatra),
    ("composer.json", "", Framework::Php),
    ("pom.xml", "spring-boot", Framework::Spring),
    ("build.gradle", "spring", Framework::Spring),
    ("build.gradle.kts", "spring", Framework::Spring),
    ("pom.xml", "", Framework::Java),
    ("build.gradle", "", Framework::Java),
    ("build.gradle.kts", "", Framework::Java),
    ("Program.cs", "", Framework::Aspnet),
    ("Cargo.toml", "", Framework::Axum),
];

/// Packages of npm, the one that says most first: an application with Next.js may well have Express too.
const PACKAGES: [(&str, Framework); 6] = [
    ("next", Framework::Nextjs),
    ("@nestjs/core", Framework::Nestjs),
    ("hono", Framework::Hono),
    ("fastify", Framework::Fastify),
    ("express", Framework::Express),
    ("wrangler", Framework::Worker),
];

/// The frameworks that the folder seems to use, the likeliest first.
pub(super) fn detect(folder: &Path) -> Vec<Likely> {
    let package = read(&folder.join("package.json")).and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let depends = |name: &str| {
        let lists = ["dependencies", "devDependencies"];
        package.as_ref().is_some_and(|package| lists.iter().any(|list| package[*list].get(name).is_some()))
    };
    let packages = PACKAGES.iter().filter(|(name, _)| depends(name));
    let mut found: Vec<Likely> = Vec::new();
    let signs = SIGNS.iter().filter(|(file, word, _)| {
        read(&folder.join(file)).is_some_and(|text| text.to_lowercase().contains(&word.to_lowercase()))
    });
    let all = packages.map(|(_, framework)| ("package.json", *framework)).chain(signs.map(|sign| (sign.0, sign.2)));
    for (file, framework) in all {
        let known = found.iter().any(|likely| likely.framework == framework);
        let explained = found.iter().any(|likely| likely.file == file);
        if !known && !explained {
            found.push(Likely { framework, file });
        }
    }
    found
}

/// The text of a regular file; nothing for anything else, a pipe that would block for instance.
fn read(path: &Path) -> Option<String> {
    let details = fs::metadata(path).ok()?;
    let bytes = (details.is_file() && details.len() <= MAX_BYTES).then(|| fs::read(path).ok())??;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::{Likely, detect};
    use crate::commands::init::framework::Framework;

    fn found(files: &[(&str, &str)]) -> Vec<(Framework, &'static str)> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        detect(folder.path()).into_iter().map(|Likely { framework, file }| (framework, file)).collect()
    }

    #[test]
    fn each_kind_of_project_is_recognised_by_the_file_that_names_its_dependencies() {
        use Framework::{Axum, Django, Express, Fastapi, Go, Java, Nestjs, Nextjs, Php, Sinatra, Spring};
        let table = [
            ("package.json", r#"{"dependencies":{"express":"5","next":"16"}}"#, Nextjs),
            ("package.json", r#"{"dependencies":{"express":"5"}}"#, Express),
            ("package.json", r#"{"devDependencies":{"@nestjs/core":"12"}}"#, Nestjs),
            ("requirements.txt", "uvicorn==1\nFastAPI==0.1\n", Fastapi),
            ("pyproject.toml", "dependencies = [\"Django>=5\"]", Django),
            ("go.mod", "module x", Go),
            ("Gemfile", "gem 'sinatra'", Sinatra),
            ("composer.json", "{}", Php),
            ("pom.xml", "<artifactId>spring-boot-starter-web</artifactId>", Spring),
            ("pom.xml", "<project/>", Java),
            ("Cargo.toml", "[package]", Axum),
        ];
        for (file, text, framework) in table {
            assert_eq!(found(&[(file, text)]), [(framework, file)], "{file}");
        }
    }

    #[test]
    fn a_folder_without_signs_or_with_broken_ones_names_nothing() {
        assert_eq!(found(&[]), []);
        assert_eq!(found(&[("package.json", "{"), ("requirements.txt", "requests\n")]), []);
    }

    #[test]
    fn two_files_may_name_two_frameworks() {
        let both = found(&[("package.json", r#"{"dependencies":{"next":"16"}}"#), ("requirements.txt", "flask")]);
        assert_eq!(both, [(Framework::Nextjs, "package.json"), (Framework::Flask, "requirements.txt")]);
    }
}
