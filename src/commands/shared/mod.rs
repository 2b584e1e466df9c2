//! Parts that several commands share.

pub(crate) mod answer_text;
pub(crate) mod attempt_text;
pub mod context;
pub(crate) mod defaults;
pub(crate) mod delivery_text;
pub(crate) mod filter_args;
pub(crate) mod inspector_args;
pub(crate) mod journal_args;
pub(crate) mod junit_file;
pub(crate) mod late_secret;
pub(crate) mod list;
pub(crate) mod open_link;
pub(crate) mod place;
pub(crate) mod public_way;
pub(crate) mod ready;
pub(crate) mod redacted;
pub(crate) mod request_text;
pub(crate) mod shell;
pub(crate) mod stdin;
pub(crate) mod stdin_lines;
pub(crate) mod time_arg;
pub(crate) mod tls_args;
pub(crate) mod tunnel_args;
pub(crate) mod tunnel_text;
pub(crate) mod value_parsers;
pub(crate) mod verdict_text;
