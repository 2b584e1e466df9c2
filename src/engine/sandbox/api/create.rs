//! Creates jobs.

use std::sync::Arc;

use axum::response::Response;
use bytes::Bytes;
use fastrand::Rng;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use crate::engine::sandbox::api::faces;
use crate::engine::sandbox::api::link_access::base;
use crate::engine::sandbox::app_state::AppState;
use crate::engine::sandbox::json::{CallNote, Refusal, about, body};
use crate::engine::sandbox::options::SandboxOptions;
use crate::engine::sandbox::transitions;
use crate::engine::sandbox::transitions::TooDear;
use crate::model::directive::Directives;
use crate::model::id::job_id;
use crate::model::job::{Job, JobScript, JobSpec, task_id};
use crate::model::text::one_line::in_one_line;
use crate::model::tools::{FileUse, Guess, PAYMENT_CODES, Tool, ToolKind, create_answer, files_in, validate};
use crate::store::sandbox::{StateError, Tx};

/// Assumed median render time of an unknown tool, in seconds.
const GUESSED_MEDIAN: u32 = 30;

/// Resources that the request names.
pub(super) enum RequestedFiles {
    /// A tool of the catalogue.
    Tool(&'static Tool),
    /// One that its path suggests.
    Guess(Guess),
}

impl RequestedFiles {
    fn order(&self, body: &Value, now: Timestamp) -> JobSpec {
        match self {
            Self::Tool(tool) => JobSpec::of(tool, body, now),
            Self::Guess(guess) => JobSpec::guessed(guess, body, now),
        }
    }

    const fn median_seconds(&self) -> u32 {
        match self {
            Self::Tool(tool) => tool.median_seconds,
            Self::Guess(_) => GUESSED_MEDIAN,
        }
    }

    const fn refusal(&self) -> &'static str {
        match self {
            Self::Tool(tool) => tool.refusal,
            Self::Guess(_) => "Unable to create",
        }
    }
}

/// Creates a job, if the request is right, its files are there, and the account can pay.
pub(super) async fn create(
    app: &Arc<AppState>,
    wanted: RequestedFiles,
    headers: &HeaderMap,
    bytes: &Bytes,
) -> Result<Response, Refusal> {
    let body = body(bytes)?;
    let mut directives = Directives::of(&body);
    for warning in &directives.warnings {
        app.warn(warning.clone()).await;
    }
    if let Some(status) = directives.status.and_then(|status| StatusCode::from_u16(status).ok()) {
        return Err(scripted(status, directives.code.as_deref(), wanted.refusal()));
    }
    if let RequestedFiles::Tool(tool) = &wanted {
        validate(tool, &body).map_err(|invalid| Refusal::bad_request(invalid.to_string()))?;
    }
    let remarks = match &wanted {
        RequestedFiles::Tool(tool) => within_limits(tool, &body, app.options.strict)?,
        RequestedFiles::Guess(_) => Vec::new(),
    };
    let (order, now) = (wanted.order(&body, app.now()), app.now());
    let render = app.options.speed.render_time(order.kind, wanted.median_seconds());
    let (id, plan) = app.draw(|rng| {
        let plan = JobScript::new(order.kind, render, &directives, app.options.error_rate, rng);
        directives.duplicate |= rng.f64() < app.options.duplicate_rate;
        (fresh_id(order.kind, rng), plan)
    });
    let files = match &wanted {
        RequestedFiles::Tool(tool) if !app.options.any_file => needed_files(tool, &body),
        _ => Vec::new(),
    };
    let (job, base) = (Job::new(id, order, plan, now), base(&app.options, headers));
    let answer = create_answer(job.order.kind, &job.id, job.order.estimate);
    let (links, id) = (app.transitions.links.clone(), job.id.clone());
    let created = app.run(move |records| {
        if let Err(missing) = all_there(records, &files)? {
            return Ok(Err(missing));
        }
        if let Err(dear) = transitions::create(records, &job, &directives)? {
            return Ok(Err(payment_required(dear)));
        }
        // A later request may name a face.
        faces::of(&job, &links, &base, now).iter().try_for_each(|face| {
            records.add_upload(&face.path)?;
            records.note_upload(&face.path, 0).map(drop)
        })?;
        Ok(Ok(()))
    });
    created.await??;
    app.jobs.send_replace(());
    let mut response = about(&id, StatusCode::OK, &answer);
    if !remarks.is_empty() {
        response.extensions_mut().insert(CallNote { job_id: Some(id), remark: Some(in_one_line(&remarks.join("; "))) });
    }
    Ok(response)
}

/// Refuses a request that breaks a limit of its model; names the values that this version does not know.
fn within_limits(tool: &Tool, body: &Value, strict: bool) -> Result<Vec<String>, Refusal> {
    let refuse = |why: String| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, why);
    if let Some(broken) = tool.broken_limit(body) {
        return Err(refuse(broken));
    }
    let unknown = tool.unknown_values(body);
    match unknown.first() {
        Some(first) if strict => Err(refuse(first.clone()).remark(format!("{first}, and --strict refuses it"))),
        _ => Ok(unknown),
    }
}

fn fresh_id(kind: ToolKind, rng: &mut Rng) -> String {
    if kind == ToolKind::FaceDetection { task_id(rng) } else { job_id(rng) }
}

/// The refusal that a directive asks for, in the words of the API where it has some.
fn scripted(status: StatusCode, code: Option<&str>, unprocessable: &str) -> Refusal {
    let message = match status {
        StatusCode::PAYMENT_REQUIRED => "Payment required",
        StatusCode::UNPROCESSABLE_ENTITY => unprocessable,
        _ => status.canonical_reason().unwrap_or("Error"),
    };
    let mut refusal = Refusal::new(status, message).remark("as its directive asks");
    refusal.code = PAYMENT_CODES.into_iter().find(|known| Some(*known) == code);
    if status == StatusCode::TOO_MANY_REQUESTS { refusal.retry_after(1) } else { refusal }
}

fn payment_required(TooDear { price, credits }: TooDear) -> Refusal {
    let remark = format!("costs {price} credits, the account has {credits}; --credits N gives more");
    Refusal::new(StatusCode::PAYMENT_REQUIRED, "Payment required").remark(remark)
}

/// The files that must have been uploaded, each with the field that names it. What lies in the web is not fetched.
fn needed_files(tool: &Tool, body: &Value) -> Vec<(String, String)> {
    // Saved items last, and no client can make one through the API.
    let is_uploaded = |file: &FileUse<'_>| !file.is_public_url() && !file.path.starts_with("saved-items/");
    let files = files_in(tool, body).into_iter().filter(is_uploaded);
    files.map(|file| (file.field, file.path.to_owned())).collect()
}

fn all_there(records: &Tx<'_>, files: &[(String, String)]) -> Result<Result<(), Refusal>, StateError> {
    for (field, path) in files {
        let problem = match records.upload(path)? {
            Some(true) => continue,
            Some(false) => "nothing was uploaded to it yet",
            None => "no such file was uploaded",
        };
        let remark = format!("{field} is '{path}': {problem}; --any-file takes any path");
        return Ok(Err(Refusal::bad_request(format!("{field} is '{path}': {problem}")).remark(remark)));
    }
    Ok(Ok(()))
}

/// The generator of a sandbox's chance. One that goes on from an earlier run must not give the same ids again.
pub(in crate::engine::sandbox) fn generator(options: &SandboxOptions, jobs_ever: u64) -> Rng {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    options.seed.map_or_else(Rng::new, |seed| Rng::with_seed(seed ^ jobs_ever.wrapping_mul(ODD)))
}
