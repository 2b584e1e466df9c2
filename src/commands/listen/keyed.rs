//! The parts of a run that keys act on.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::commands::listen::args::ListenArgs;
use crate::commands::listen::key_actions::{KeyActions, has_clipboard};
use crate::commands::listen::live_screen::{LiveInput, NewestDelivery};
use crate::commands::listen::place::Place;
use crate::commands::listen::terminal_hold::TerminalHold;
use crate::commands::shared::context::Context;
use crate::engine::receive::counters::ReceiverCounters;
use crate::engine::receive::delivery_log::DeliveryLog;
use crate::engine::receive::shared_verifier::SharedVerifier;
use crate::net::out::target::Target;
use crate::net::shutdown::Shutdown;

/// Orders that may wait for the screen.
const ORDERS: usize = 32;

/// A run whose keys are heard.
pub(super) struct Keyed<'a> {
    pub(super) args: &'a ListenArgs,
    pub(super) place: &'a Place,
    pub(super) handlers: Vec<Target>,
    pub(super) verifier: &'a SharedVerifier,
    pub(super) log: &'a Arc<DeliveryLog>,
    pub(super) counters: &'a ReceiverCounters,
    pub(super) hold: TerminalHold,
}

impl Keyed<'_> {
    /// The actions of keys, and the end of them that the screen has. `tasks` tracks replays.
    pub(super) fn actions(self, context: &Context, tasks: &Shutdown) -> (KeyActions, LiveInput) {
        let (sender, orders) = mpsc::channel(ORDERS);
        let newest = NewestDelivery::default();
        let own_url = || self.place.url.parse().ok().filter(|_| !self.place.is_elsewhere);
        let actions = KeyActions {
            newest: newest.clone(),
            orders: sender,
            curl_target: self.handlers.first().cloned().or_else(own_url),
            handlers: self.handlers,
            tls: self.args.forwarding.tls.options(),
            accept_invalid: self.args.accept_invalid,
            verifier: self.verifier.clone(),
            log: Arc::clone(self.log),
            counters: self.counters.clone(),
            clock: context.clock.clone(),
            streams: context.streams.clone(),
            has_clipboard: has_clipboard(&context.environment),
            tasks: tasks.clone(),
            copied: None,
            replaying: None,
        };
        (actions, LiveInput { orders, newest, hold: self.hold })
    }
}
