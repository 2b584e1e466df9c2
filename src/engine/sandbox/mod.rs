//! A local Magic Hour.

pub mod media;
