//! The library behind the `mh-hook` command: Magic Hour's webhook contract, a receiver, a sender and the commands
//! that join them.
//!
//! Four floors, and imports only point down: [`model`] holds pure values, [`net`], [`store`] and [`output`] touch the
//! world, [`engine`] does what the commands ask for, and [`commands`] turn arguments into engines and events into text.
//!
//! A local Magic Hour for a test, which sends its webhooks to the handler that is tested:
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use mh_hook::model::Secret;
//! use mh_hook::{Sandbox, SandboxOptions};
//!
//! let mut options = SandboxOptions::new(Secret::new("the secret of my handler"));
//! options.endpoints.push("http://localhost:8000/webhook#*.completed".parse()?);
//! let sandbox = Sandbox::start(options).await?;
//! println!("{}", sandbox.base_url());
//! sandbox.stop().await;
//! # Ok(())
//! # }
//! ```

#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod commands;
#[doc(hidden)]
pub mod engine;
#[doc(hidden)]
pub mod error;
#[doc(hidden)]
pub mod model;
#[doc(hidden)]
pub mod net;
#[doc(hidden)]
pub mod output;
#[doc(hidden)]
pub mod store;

pub use engine::sandbox::{Sandbox, SandboxOptions};
