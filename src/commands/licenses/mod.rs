//! `mh-hook licenses`: the notices of the code that the program contains.

mod run;

pub use run::{LicensesArgs, run};
