//! Pure values: what Magic Hour says on the wire, and what we think of it. Nothing here reads a clock, a file or a socket.

pub mod contract;
pub mod directive;
pub mod id;
pub mod job;
pub mod json;
pub mod loopback;
pub mod media;
pub mod schedule;
pub mod signing;
pub mod text;
pub mod tools;

pub use contract::event::{EventPattern, EventType, Kind, Phase};
pub use contract::project::Project;
pub use json::style::Layout;
pub use signing::delivery::Delivery;
pub use signing::secret::Secret;
pub use signing::signature::Signer;
pub use signing::verdict::{Verdict, Verifier};
pub use text::nearest::nearest;
