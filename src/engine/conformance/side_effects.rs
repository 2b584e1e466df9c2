//! Whether an event that comes twice has its effect once, by a command of the user's that shows what was done.

use std::io::{Error, ErrorKind};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::{Instant, sleep, timeout};

use crate::engine::conformance::error::ConformanceError;
use crate::engine::conformance::expectation::Expectation;
use crate::engine::conformance::handler::Handler;
use crate::engine::conformance::observation::{Observation, Response};
use crate::engine::conformance::request_spec::{Base, PLAIN};
use crate::engine::conformance::symptom::Symptom;
use crate::engine::conformance::timing::SuiteTiming;

/// Time limit of the command.
const COMMAND_TIME: Duration = Duration::from_secs(30);

/// Attempts to see a first effect.
const LOOKS: u32 = 10;

/// Sends one event twice, and looks each time at what the command shows.
pub(crate) async fn effect_once(
    handler: &Handler,
    base: Base,
    command: &str,
    timing: SuiteTiming,
) -> Result<Observation, ConformanceError> {
    let job_id = handler.job_id();
    let started = Instant::now();
    let before = settled(command, timing).await?;
    let first = handler.ask(&PLAIN, base, &job_id).await?;
    if Expectation::Accepted.judge(&first).is_some() {
        return Ok(first);
    }
    let mut after = settled(command, timing).await?;
    for _ in 0..LOOKS {
        if after != before {
            break;
        }
        after = settled(command, timing).await?;
    }
    let second = handler.ask(&PLAIN, base, &job_id).await?;
    if Expectation::Accepted.judge(&second).is_some() {
        return Ok(second);
    }
    let again = settled(command, timing).await?;
    let (text, symptom) = match (after == before, again == after) {
        (true, _) => ("the first delivery changed nothing that the command shows", Some(Symptom::WrongEffect)),
        (false, false) => ("the second delivery changed what the command shows once more", Some(Symptom::WrongEffect)),
        (false, true) => ("the first delivery had an effect, the second had none", None),
    };
    let sent = format!("the same event of the same job, twice: {}", PLAIN.summary(base));
    Ok(Observation {
        sent,
        response: Response::Measured { text: text.to_owned(), symptom },
        elapsed: started.elapsed(),
    })
}

/// The command's output once it has stopped changing, since handlers rightly answer before they work.
async fn settled(command: &str, timing: SuiteTiming) -> Result<Vec<u8>, ConformanceError> {
    let mut seen = output(command).await?;
    for _ in 0..LOOKS {
        sleep(timing.settle).await;
        let again = output(command).await?;
        if again == seen {
            break;
        }
        seen = again;
    }
    Ok(seen)
}

/// The command's stdout. The command is the user's own; nothing received is part of it.
async fn output(command: &str) -> Result<Vec<u8>, ConformanceError> {
    let failed = |source: Error| ConformanceError::SideEffects { command: command.to_owned(), source };
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut process = Command::new(shell);
    process.arg(flag).arg(command).stdin(Stdio::null()).stderr(Stdio::inherit()).kill_on_drop(true);
    let done = timeout(COMMAND_TIME, process.output()).await;
    let done = done.map_err(|_| failed(ErrorKind::TimedOut.into()))?.map_err(failed)?;
    if !done.status.success() {
        return Err(failed(Error::other(done.status.to_string())));
    }
    Ok(done.stdout)
}
