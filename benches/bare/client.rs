//! A program that posts one event with reqwest and prints the status: the measure of `mh-hook send` in
//! `benches/compare`.
//!
//! `cargo run --release --bin client -- URL`

use std::error::Error;
use std::io::{Write, stdout};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "http://localhost:8000/webhook".to_owned());
    let provider = rustls::crypto::ring::default_provider();
    provider.install_default().map_err(|_| "another provider is installed")?;
    let request = reqwest::Client::new().post(url).header("content-type", "application/json");
    let response =
        request.body(r#"{"type":"video.completed","payload":{"id":"clx7uu86w0a5qp55yxz315r6r"}}"#).send().await?;
    writeln!(stdout(), "{}", response.status())?;
    Ok(())
}
