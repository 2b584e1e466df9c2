//! The files that jobs make: real ones, which players open, small, and distinct for every job.
//!
//! Images and sounds are drawn to the size that was asked for. Videos and animations are three files of one second and
//! 64 x 64 pixels, with the job's id as a comment.

mod animation;
mod image;
mod label;
mod render;
mod sound;
mod video;

pub use render::render;
