//! Secrets: the development secret, and secrets read from a file.

pub mod development_secret;
pub mod secret_file;

pub use development_secret::DevelopmentSecret;
