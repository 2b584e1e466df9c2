//! Stores: settings, the development secret, the journal and the sandbox's state.

pub mod base_url;
pub mod captures;
pub mod directories;
pub mod environment;
pub mod input_file;
pub mod journal;
pub mod sandbox;
pub mod secrets;
pub mod settings;
mod sqlite;
pub mod tunnels;

pub use base_url::BaseUrl;
pub use directories::Directories;
pub use environment::Environment;
pub use journal::Journal;
pub use secrets::DevelopmentSecret;
pub use settings::Settings;
