//! The catalogue of Magic Hour's REST API: every operation, and for every tool that starts a job its fields, what it
//! makes, how long that lasts and what it costs.
//!
//! The tables are `video.rs`, `image.rs` and `audio.rs`; the other files say how to read them.

mod answer;
mod audio;
mod body;
mod cheapest;
mod field;
mod image;
mod kind;
mod lengths;
mod limits;
mod lookup;
mod minimal;
mod models;
mod operation;
mod output;
mod price;
mod tool;
mod validate;
mod video;

pub use answer::{PAYMENT_CODES, create_answer, usual_code};
pub use cheapest::usual_tool;
pub use field::{Need, RequestField, ValueShape};
pub use kind::ToolKind;
#[cfg(test)]
pub(crate) use lookup::tool_for_path;
pub use lookup::{Guess, guess, guess_kind, job_tools, nearest_tool, tools};
pub use operation::{Operation, OperationAction, UPLOAD_URLS, operations};
pub use output::Output;
pub use price::{ESTIMATED_FPS, Price, REAL_FPS, Unit};
pub use tool::Tool;
pub use validate::{FileUse, Invalid, files_in, validate, validate_fields};
