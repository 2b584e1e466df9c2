//! Public URLs: tunnels opened by fake agents on `PATH`, a front with TLS before them, and the guardian.

mod attaching;
mod errors;
mod fakes;
mod front;
mod guardian;
mod keeping;
mod late_secret;
mod listening;
mod live;
mod opening;
mod resolving;
mod watching;
