//! Settings: their sources, the order of these, and the trust in each.
//!
//! The layers, highest first: the environment, `./.env`, the project's `mh-hook.toml`, the user's `config.toml`. The
//! command line is above all of them and is not this module's business.

mod access;
mod credential;
mod dotenv;
mod error;
mod file;
mod layer;
mod layers;
mod official_cli;
mod options;
mod origin;
mod set_by;
mod variables;

pub use access::{ApiAccess, KeySources};
pub use error::{Position, SettingsError};
pub use layers::Settings;
pub use origin::{Configured, Origin, Setting, Source};
pub use set_by::SetBy;
pub use variables::{LOG, NO_SETTINGS, PAGER};
