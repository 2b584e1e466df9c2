//! Engines: the work of the commands. An engine prints nothing and reads no environment: it gets what it needs as arguments and
//! reports what happens as typed events.

pub mod capture;
pub mod clock;
pub mod conformance;
pub mod doctor;
pub mod e2e;
pub mod event_channel;
pub mod inspector;
pub mod magic_hour;
pub mod receive;
pub(crate) mod records;
pub mod reporter;
pub mod sandbox;
pub mod send;
pub mod tunnel;
