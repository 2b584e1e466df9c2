//! `mh-hook completions`: completion in a shell, down to the values of options.

mod answer;
mod bash;
mod candidates;
mod run;
mod values;

pub use answer::answer;
pub use run::{CompletionsArgs, run};
