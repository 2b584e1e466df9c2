//! The conformance suite: a table of cases, each a probe put to a handler, and the run that asks them and judges the
//! answers.
//!
//! [`baseline`] finds the form that the handler accepts; [`suite`] runs the cases; [`root_cause`] separates causes from
//! their consequences, so that one defect is one finding; [`report`] counts.

mod advice;
pub mod baseline;
pub mod case;
mod cases;
pub mod catalogue;
pub mod error;
pub mod expectation;
pub mod finding;
mod finding_record;
pub mod handler;
pub mod observation;
mod raw_cases;
pub mod report;
pub mod request_spec;
pub mod root_cause;
pub mod selection;
mod side_effects;
pub mod suite;
pub mod symptom;
pub mod timing;
