//! The run: the baseline, then every case, some at once and some by themselves, then the judgement.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::engine::conformance::baseline::{Baseline, measure_baseline};
use crate::engine::conformance::case::{BaselineRule, Case, Probe, Special};
use crate::engine::conformance::error::ConformanceError;
use crate::engine::conformance::finding::{Finding, INTERRUPTED, NEEDS_SIDE_EFFECTS};
use crate::engine::conformance::handler::Handler;
use crate::engine::conformance::observation::Observation;
use crate::engine::conformance::raw_cases::{burst, disconnect, get, sequence, slow_body, title_case};
use crate::engine::conformance::report::ConformanceReport;
use crate::engine::conformance::request_spec::Base;
use crate::engine::conformance::root_cause::assign_root_causes;
use crate::engine::conformance::side_effects::effect_once;
use crate::engine::conformance::timing::SuiteTiming;
use crate::model::contract::path::AssignmentError;
use crate::net::shutdown::Shutdown;

/// A run that is ready to start.
#[derive(Debug)]
pub struct Suite {
    /// The handler under test.
    pub handler: Arc<Handler>,
    /// The cases to run, in the order of the table.
    pub cases: Vec<&'static Case>,
    /// Cases to run at once.
    pub concurrency: usize,
    /// Events in the burst.
    pub burst: usize,
    /// A command whose output shows what the handler did.
    pub side_effects: Option<String>,
    /// The pauses of the run.
    pub timing: SuiteTiming,
}

impl Suite {
    /// The same run with other cases.
    pub fn of(&self, cases: Vec<&'static Case>) -> Self {
        let Self { handler, side_effects, concurrency, burst, timing, .. } = self;
        let (handler, side_effects) = (Arc::clone(handler), side_effects.clone());
        Self { handler, cases, side_effects, concurrency: *concurrency, burst: *burst, timing: *timing }
    }

    /// Puts the cases and judges the answers. Once `shutdown` is requested no more are put. `progress` gets each case that is done, with what was seen.
    pub async fn run(
        &self,
        shutdown: &Shutdown,
        mut progress: impl FnMut(&'static Case, Option<&Observation>),
    ) -> Result<ConformanceReport, ConformanceError> {
        let started = Instant::now();
        let baseline = tokio::select! {
            baseline = measure_baseline(&self.handler) => baseline?,
            () = shutdown.requested() => return Err(ConformanceError::Interrupted),
        };
        let asked: Vec<_> = self.cases.iter().copied().filter(|case| self.settled(case, &baseline).is_none()).collect();
        let mut seen = self.ask_together(&asked, baseline.base, shutdown, &mut progress).await?;
        seen.extend(self.ask_alone(&asked, baseline.base, shutdown, &mut progress).await?);
        let find = |case: &&'static Case| match self.settled(case, &baseline) {
            Some(cause) => Finding::not_put(case, cause),
            None => match baseline_response(case, &baseline).or_else(|| seen.remove(case.id)) {
                None if shutdown.is_requested() => Finding::not_put(case, INTERRUPTED),
                observation => Finding::of(case, observation),
            },
        };
        let mut findings: Vec<Finding> = self.cases.iter().map(find).collect();
        assign_root_causes(&mut findings, &baseline);
        Ok(ConformanceReport { findings, baseline, elapsed: started.elapsed() })
    }

    /// The case that settles this one, or the option that it lacks. A case that was selected alone is put anyway.
    fn settled(&self, case: &Case, baseline: &Baseline) -> Option<&'static str> {
        if matches!(case.probe, Probe::Special(Special::EffectOnce)) && self.side_effects.is_none() {
            return Some(NEEDS_SIDE_EFFECTS);
        }
        let selected = |root: &&str| root.starts_with("--") || self.cases.iter().any(|selected| selected.id == *root);
        baseline.settles(case).filter(selected)
    }

    /// Puts the cases that do not disturb each other.
    async fn ask_together(
        &self,
        cases: &[&'static Case],
        base: Base,
        shutdown: &Shutdown,
        progress: &mut impl FnMut(&'static Case, Option<&Observation>),
    ) -> Result<HashMap<&'static str, Observation>, ConformanceError> {
        let room = Arc::new(Semaphore::new(self.concurrency.max(1)));
        let timing = self.timing;
        let mut tasks = Vec::new();
        for case in cases.iter().copied().filter(|case| !is_alone(&case.probe)) {
            let (handler, room) = (Arc::clone(&self.handler), Arc::clone(&room));
            let stop = shutdown.clone();
            let task = shutdown.spawn(async move {
                let _place = room.acquire_owned().await;
                tokio::select! {
                    biased;
                    () = stop.requested() => Ok(None),
                    observation = ask(&handler, &case.probe, base, timing) => observation,
                }
            });
            tasks.push((case, task));
        }
        let mut seen = HashMap::new();
        for (case, task) in tasks {
            // A task of ours that ended early has no answer to give.
            let observation = task.await.unwrap_or(Ok(None))?;
            progress(case, observation.as_ref());
            seen.extend(observation.map(|observation| (case.id, observation)));
        }
        Ok(seen)
    }

    /// Puts the cases that would disturb others, or be disturbed.
    async fn ask_alone(
        &self,
        cases: &[&'static Case],
        base: Base,
        shutdown: &Shutdown,
        progress: &mut impl FnMut(&'static Case, Option<&Observation>),
    ) -> Result<HashMap<&'static str, Observation>, ConformanceError> {
        let mut seen = HashMap::new();
        let mut latency = None;
        for case in cases.iter().filter(|case| is_alone(&case.probe)) {
            let observation = tokio::select! {
                biased;
                () = shutdown.requested() => None,
                observation = self.ask_one_alone(case, base, shutdown, &mut latency) => observation?,
            };
            progress(case, observation.as_ref());
            seen.extend(observation.map(|observation| (case.id, observation)));
        }
        Ok(seen)
    }

    /// Puts one of them. A burst leaves its slowest answer for the case that asks about it.
    async fn ask_one_alone(
        &self,
        case: &Case,
        base: Base,
        shutdown: &Shutdown,
        latency: &mut Option<Observation>,
    ) -> Result<Option<Observation>, ConformanceError> {
        Ok(match (case.probe, &self.side_effects) {
            (Probe::Special(Special::Disconnect), _) => Some(disconnect(&self.handler, base).await?),
            (Probe::Special(Special::EffectOnce), Some(command)) => {
                Some(effect_once(&self.handler, base, command, self.timing).await?)
            }
            (Probe::Special(Special::Burst), _) => {
                let (all, slowest) = burst(&self.handler, base, self.burst, shutdown).await?;
                *latency = Some(slowest);
                Some(all)
            }
            (Probe::Special(Special::BurstLatency), _) => match latency.take() {
                Some(slowest) => Some(slowest),
                None => Some(burst(&self.handler, base, self.burst, shutdown).await?.1),
            },
            _ => None,
        })
    }
}

/// Whether a case is put when no other is.
const fn is_alone(probe: &Probe) -> bool {
    use Special::{Burst, BurstLatency, Disconnect, EffectOnce};
    matches!(probe, Probe::Special(Disconnect | EffectOnce | Burst | BurstLatency))
}

/// Puts one of the cases that can be put beside others; nothing for those that are answered otherwise.
async fn ask(
    handler: &Handler,
    probe: &Probe,
    base: Base,
    timing: SuiteTiming,
) -> Result<Option<Observation>, AssignmentError> {
    Ok(match probe {
        Probe::Deliver(spec) => Some(handler.ask(spec, base, &handler.job_id()).await?),
        Probe::Sequence(deliveries) => Some(sequence(handler, base, *deliveries).await?),
        Probe::Special(Special::TitleCase) => Some(title_case(handler, base).await?),
        Probe::Special(Special::SlowBody) => Some(slow_body(handler, base, timing.pause).await?),
        Probe::Special(Special::Get) => Some(get(handler).await),
        _ => None,
    })
}

/// The response that the baseline already has for this case.
fn baseline_response(case: &Case, baseline: &Baseline) -> Option<Observation> {
    match case.probe {
        Probe::Baseline(BaselineRule::Verifies) => Some(baseline.forged.clone()),
        Probe::Baseline(_) => Some(baseline.right.clone()),
        _ => None,
    }
}
