//! Settings: what was configured where, in which order it counts, and whom it may be trusted with.
//!
//! The layers, highest first: the environment, `./.env`, the project's `mh-hook.toml`, the user's `config.toml`. The
//! command line stands above all of them and is not this module's business.

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
