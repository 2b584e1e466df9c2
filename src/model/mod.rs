//! Pure values: what Magic Hour says on the wire, and what we think of it. Nothing here reads a clock, a file or a socket.

pub mod nearest;
pub mod secret;

pub use nearest::nearest;
pub use secret::Secret;
