//! The doctor: looks at everything that can be wrong with an installation, and changes nothing.

pub mod check;
pub mod machine;
pub mod network;
pub mod reach;
