//! What the commands do. An engine prints nothing and reads no environment: it takes what it needs as arguments and
//! tells what happens as typed events.

pub mod clock;
pub mod composer;
pub mod conformance;
pub mod feed;
pub mod received;
pub mod receiver;
pub mod repeats;
pub mod sender;
