//! Pure values: what Magic Hour says on the wire, and what we think of it. Nothing here reads a clock, a file or a socket.

pub mod delivery;
pub mod diagnosis;
pub mod difference;
pub mod directive;
pub mod event;
pub mod fault;
pub mod fields;
pub mod flaw;
pub mod id;
pub mod job;
pub mod layout;
pub mod line;
pub mod loopback;
pub mod media;
pub mod nearest;
pub mod path;
pub mod peek;
pub mod project;
pub mod reason;
pub mod reserialize;
pub mod schedule;
pub mod secret;
pub mod signature;
pub mod tools;
pub mod units;
pub mod verdict;

pub use delivery::Delivery;
pub use event::{EventPattern, EventType, Kind, Phase};
pub use layout::Layout;
pub use nearest::nearest;
pub use project::Project;
pub use secret::Secret;
pub use signature::Signer;
pub use verdict::{Verdict, Verifier};
