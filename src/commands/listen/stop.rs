//! The end of listening: what is under way is finished, within bounds, and what nobody takes is given up.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::sleep;

use crate::commands::listen::console::Console;
use crate::commands::listen::render::RunningScreen;
use crate::commands::listen::totals::waiting_line;
use crate::engine::receive::counters::ReceiverCounters;
use crate::net::interrupt::Interrupt;
use crate::net::shutdown::Shutdown;
use crate::output::{OutputError, Streams};

/// The time after which it is said what is waited for.
const SAID_AFTER: Duration = Duration::from_secs(1);

/// The time in which a screen that is read shows something.
const SCREEN_WAIT: Duration = Duration::from_secs(2);

/// The parts that end before the program does.
pub(crate) struct Ending<'a> {
    pub(crate) shutdown: &'a Shutdown,
    /// Given when the screen is not to be waited for any more.
    pub(crate) abandoned: &'a Shutdown,
    pub(crate) interrupt: &'a mut Interrupt,
    pub(crate) streams: &'a Streams,
    /// The console, which rests now, and what the end may have to wait for: work, and the handlers that owe an answer.
    pub(super) waits: (&'a mut Console, &'a ReceiverCounters, &'a [String]),
}

impl Ending<'_> {
    /// Finishes what is under way, and gives the result of the last write; nothing if nobody reads the output.
    pub(crate) async fn end(&mut self, screen: RunningScreen) -> Option<Result<(), OutputError>> {
        if self.drain(&screen).await { self.output(screen).await } else { None }
    }

    /// Finishes what is under way. Another signal ends the wait; says whether it was waited for to its end.
    async fn drain(&mut self, screen: &RunningScreen) -> bool {
        let drained = self.shutdown.drained();
        let (console, counters, handlers) = &mut self.waits;
        tokio::pin!(drained);
        let note = async {
            sleep(SAID_AFTER).await;
            self.streams.note(&waiting_line(counters.in_progress(), handlers));
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = &mut drained => true,
            () = stuck(screen) => {
                self.abandoned.request();
                tokio::select! {
                    () = drained => true,
                    () = self.interrupt.heard() => false,
                }
            }
            () = self.interrupt.heard() => false,
            () = note => false,
            () = console.rest() => false,
        }
    }

    /// Result of the last write; nothing if nobody reads the output.
    async fn output(&mut self, mut screen: RunningScreen) -> Option<Result<(), OutputError>> {
        let ended = std::mem::replace(&mut screen.ended, tokio::sync::oneshot::channel().1);
        tokio::select! {
            ended = ended => ended.ok(),
            () = stuck(&screen) => {
                self.streams.warn("nobody reads the output: what was not shown is left out");
                None
            }
            () = self.interrupt.heard() => None,
        }
    }
}

/// Waits until the screen shows nothing for a while.
async fn stuck(screen: &RunningScreen) {
    let mut seen = screen.written.load(Ordering::Relaxed);
    loop {
        sleep(SCREEN_WAIT).await;
        let now = screen.written.load(Ordering::Relaxed);
        if now == seen {
            return;
        }
        seen = now;
    }
}
