//! What the commands do. An engine prints nothing and reads no environment: it takes what it needs as arguments and
//! tells what happens as typed events.

mod answers;
pub mod claims;
pub mod clock;
pub mod composer;
pub mod conformance;
pub mod e2e;
pub mod expectations;
pub mod feed;
pub mod forwarder;
pub mod lanes;
pub mod ledger;
pub mod load;
pub mod magic_hour;
pub mod received;
pub mod receiver;
pub mod repeats;
pub mod replayer;
pub mod sandbox;
pub mod sender;
pub mod study;
