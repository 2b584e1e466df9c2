//! Topics of the reference, each a Markdown file.

use serde::Serialize;

/// A page of the reference.
#[derive(Serialize)]
pub(crate) struct Topic {
    /// The name after `mh-hook help`.
    pub(crate) name: &'static str,
    /// A line for the list of topics.
    pub(crate) about: &'static str,
    pub(crate) text: &'static str,
}

macro_rules! topics {
    ($($name:literal: $about:literal),* $(,)?) => {
        &[$(Topic { name: $name, about: $about, text: include_str!(concat!("topics/", $name, ".md")) }),*]
    };
}

/// All topics, in the order of the list.
pub(crate) const TOPICS: &[Topic] = topics! {
    "json": "Records of --format json, field by field",
    "exit-codes": "Exit codes of every command",
    "settings": "Settings, environment variables, secrets, and the trust in each source",
    "limits": "Limits of size, time and number",
    "signatures": "Signing and verifying, the verdicts and their reasons",
    "sandbox": "Sandbox: clients, directives, retry schedule, control API",
    "inspector": "Inspector: the page in the browser, its keys, its protections, its API",
    "tunnels": "Public URLs by tunnel, the late secret, capture services",
    "team": "One public host that feeds many laptops",
    "ci": "Running e2e, check, listen and the sandbox in CI",
    "install": "Every way to install, completions, manual pages",
    "agents": "Skill file for coding agents: what to use when, with recipes",
};

/// The topic with this name, whatever its case.
pub(crate) fn topic(name: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|topic| topic.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::{TOPICS, topic};

    #[test]
    fn a_topic_is_found_in_any_case() {
        assert_eq!(topic("EXIT-codes").map(|topic| topic.name), Some("exit-codes"));
        assert!(topic("nothing").is_none());
    }

    #[test]
    fn every_topic_begins_with_a_heading() {
        for topic in TOPICS {
            assert!(topic.text.starts_with("# ") || topic.text.starts_with("---\n"), "{}", topic.name);
        }
    }
}
