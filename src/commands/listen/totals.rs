//! The line of totals at the end of listening, and the line that says what the end waits for.

use std::fmt::Write;
use std::path::Path;

use crate::commands::shared::shell::word;
use crate::engine::receive::counters::{ReceiverTotals, WorkInProgress};
use crate::engine::receive::delivery_log::DeliveryLog;
use crate::output::units;

/// `12 received, 2 invalid, 1 refused by the handler; journal ~/…/journal.db`.
pub(super) fn totals_line(totals: ReceiverTotals, log: &DeliveryLog) -> String {
    let ReceiverTotals { received, invalid, rejected, refused, unanswered } = totals;
    let parts = [
        (invalid, "invalid"),
        (refused, "refused by the handler"),
        (unanswered, "not answered by the handler"),
        (rejected, "refused without being a delivery"),
    ];
    let mut line = format!("{} received", units::count(received));
    for (count, what) in parts.into_iter().filter(|(count, _)| *count > 0) {
        let _ = write!(line, ", {} {what}", units::count(count));
    }
    match log {
        DeliveryLog::Journal(journal) => line + &format!("; journal {}", journal.path().display()),
        DeliveryLog::Memory(_) => line + "; no journal",
    }
}

/// The deliveries that a handler did not get, and the command that passes them on.
pub(super) fn left_line(url: &str, count: u64, log: &DeliveryLog, journal: Option<&Path>) -> String {
    let (were, them) = if count == 1 { ("was", "it") } else { ("were", "them") };
    let what = format!("{} {were} not passed on to {url}", units::counted(count, "delivery"));
    if !log.is_durable() {
        return what + ", and without a journal it cannot be done later";
    }
    let journal = journal.map(|file| format!(" --journal {}", word(&file.to_string_lossy()))).unwrap_or_default();
    format!("{what}: `mh-hook replay --failed{journal} --to {}` passes {them} on", word(url))
}

/// The work that the end waits for.
pub(super) fn waiting_line(work: WorkInProgress, handlers: &[String]) -> String {
    let what = match (work.forwards, work.deliveries) {
        (0, 0) => "waiting for connections to end".to_owned(),
        (0, deliveries) => format!("finishing {}", units::counted(deliveries, "delivery")),
        (forwards, _) => {
            let who = match handlers {
                [handler] => handler.as_str(),
                _ => "the handlers",
            };
            format!("waiting for {who} to answer {}", units::counted(forwards, "delivery"))
        }
    };
    format!("{what} (20 s at most); press Ctrl-C again to quit now")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{left_line, totals_line, waiting_line};
    use crate::engine::receive::counters::{ReceiverTotals, WorkInProgress};
    use crate::engine::receive::delivery_log::DeliveryLog;
    use crate::store::journal::{Journal, JournalOptions};

    #[test]
    fn only_what_happened_is_counted() {
        let log = DeliveryLog::memory();
        assert_eq!(totals_line(ReceiverTotals::default(), &log), "0 received; no journal");
        let totals = ReceiverTotals { received: 12, invalid: 2, refused: 1, ..ReceiverTotals::default() };
        assert_eq!(totals_line(totals, &log), "12 received, 2 invalid, 1 refused by the handler; no journal");
    }

    #[tokio::test]
    async fn what_a_handler_did_not_get_is_named_with_the_command_that_passes_it_on() {
        let directory = tempfile::tempdir().unwrap();
        let (journal, _notices) = Journal::open(JournalOptions::new(directory.path().join("j.db"))).unwrap();
        let (kept, memory) = (DeliveryLog::Journal(journal), DeliveryLog::memory());
        assert_eq!(
            left_line("http://h/?a&b", 2, &kept, Some(Path::new("my journal.db"))),
            "2 deliveries were not passed on to http://h/?a&b: \
             `mh-hook replay --failed --journal 'my journal.db' --to 'http://h/?a&b'` passes them on"
        );
        assert_eq!(
            left_line("http://h/", 1, &kept, None),
            "1 delivery was not passed on to http://h/: `mh-hook replay --failed --to http://h/` passes it on"
        );
        assert!(left_line("http://h/", 1, &memory, None).ends_with("cannot be done later"));
    }

    #[test]
    fn the_end_names_what_it_waits_for() {
        let handlers = ["http://localhost:3000/webhook".to_owned()];
        let line = |deliveries, forwards| waiting_line(WorkInProgress { deliveries, forwards }, &handlers);
        assert_eq!(
            line(2, 2),
            "waiting for http://localhost:3000/webhook to answer 2 deliveries (20 s at most); press Ctrl-C again to quit now"
        );
        assert!(line(1, 0).starts_with("finishing 1 delivery ("));
        assert!(line(0, 0).starts_with("waiting for connections to end ("));
    }
}
