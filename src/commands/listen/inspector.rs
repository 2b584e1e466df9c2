//! The inspector beside a listener.

use crate::commands::listen::place::Place;
use crate::commands::shared::context::{Context, FoundSecret};
use crate::commands::shared::inspector_args::{InspectorArgs, options};
use crate::engine::inspector::{Inspector, InspectorOptions, NamedTarget};
use crate::engine::receive::delivery_log::DeliveryLog;
use crate::error::Error;
use crate::net::out::tls::TlsOptions;

/// Parts of a listener that its inspector shows and sends to.
pub(super) struct Inspected<'a> {
    pub(super) place: &'a Place,
    pub(super) secret: &'a FoundSecret,
    pub(super) log: &'a DeliveryLog,
    /// URLs of the handlers.
    pub(super) forward: &'a [String],
    pub(super) tls: TlsOptions,
}

impl Inspected<'_> {
    /// Starts the inspector, if it is wanted.
    pub(super) async fn start(self, args: InspectorArgs, context: &Context) -> Result<Option<Inspector>, Error> {
        if !args.is_wanted() {
            return Ok(None);
        }
        if self.place.is_exposed {
            let hint = "leave --bind out, and reach the page from elsewhere with `ssh -L`";
            return Err(Error::usage("--ui is off while other machines can reach the receiver", hint));
        }
        let DeliveryLog::Journal(journal) = self.log else {
            return Err(Error::usage("--ui shows the journal, and --no-journal keeps none", "leave out one of them"));
        };
        let url = &self.place.url;
        let handlers = self.forward.iter().map(|url| NamedTarget { name: "handler", url: url.clone() });
        let targets = handlers.chain([NamedTarget { name: "this receiver", url: url.clone() }]).collect();
        let options = options("listen", journal.path().to_owned(), self.secret, targets, context);
        args.start(InspectorOptions { receiver: Some(url.clone()), tls: self.tls, ..options }, context).await
    }
}
