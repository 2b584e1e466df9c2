//! Record of a judgement.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::engine::e2e::assertion::Judgement;
use crate::engine::e2e::report::JobReport;

/// One judgement, as programs have it.
pub struct JudgementRecord<'a> {
    pub report: &'a JobReport,
    pub judgement: &'a Judgement,
}

impl Serialize for JudgementRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("job_id", &self.report.trace.id())?;
        map.serialize_entry("kind", self.report.kind.as_str())?;
        map.serialize_entry("tool", self.report.tool)?;
        map.serialize_entry("question", self.judgement.check.as_str())?;
        map.serialize_entry("rule", self.judgement.check.rule())?;
        map.serialize_entry("outcome", self.judgement.outcome.as_str())?;
        map.serialize_entry("found", &self.judgement.found)?;
        map.end()
    }
}
