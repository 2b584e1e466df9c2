//! The line of totals at the end of listening, and the line that says what the end waits for.

use std::fmt::Write;

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
    use super::{totals_line, waiting_line};
    use crate::engine::receive::counters::{ReceiverTotals, WorkInProgress};
    use crate::engine::receive::delivery_log::DeliveryLog;

    #[test]
    fn only_what_happened_is_counted() {
        let log = DeliveryLog::memory();
        assert_eq!(totals_line(ReceiverTotals::default(), &log), "0 received; no journal");
        let totals = ReceiverTotals { received: 12, invalid: 2, refused: 1, ..ReceiverTotals::default() };
        assert_eq!(totals_line(totals, &log), "12 received, 2 invalid, 1 refused by the handler; no journal");
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
