//! What is kept: settings, the development secret, the journal and the sandbox's state.

pub mod base_url;
pub mod development_secret;
pub mod directories;
pub mod environment;
pub mod journal;
pub(crate) mod reason;
pub mod sandbox;
pub mod secret_file;
pub mod settings;

pub use base_url::BaseUrl;
pub use development_secret::DevelopmentSecret;
pub use directories::Directories;
pub use environment::Environment;
pub use journal::Journal;
pub use settings::Settings;
