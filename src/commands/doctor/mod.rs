//! `mh-hook doctor`: looks at the installation and says what to do.

mod configuration;
mod render;
mod run;

pub use run::{DoctorArgs, run};
