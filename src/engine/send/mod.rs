//! Sending deliveries: composing and signing events, load, and replays from the journal.

pub mod attempt;
pub mod composer;
pub mod load;
pub mod replayer;
pub mod sender;
