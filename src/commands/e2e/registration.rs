//! Registration of a public URL at Magic Hour: known from an earlier delivery, stated by an option, or asked on the terminal.

use crate::commands::shared::context::{Context, FoundSecret};
use crate::commands::shared::late_secret::LateSecret;
use crate::commands::shared::stdin_lines::{is_terminal, stdin_lines};
use crate::error::Error;
use crate::store::tunnels::Familiarity;

/// Facts about a public URL and its secret before credits are spent.
pub(super) struct Registration<'a> {
    pub(super) url: String,
    pub(super) familiarity: Familiarity,
    /// Whether the user says that the URL is registered.
    pub(super) is_stated: bool,
    /// The wait for the secret, where that is not known yet.
    pub(super) late: Option<LateSecret>,
    pub(super) context: &'a Context,
}

impl Registration<'_> {
    /// Returns once the URL is known to be registered and its secret is known; with the secret if that came late.
    pub(super) async fn complete(self) -> Result<Option<FoundSecret>, Error> {
        let is_known = self.is_stated || self.familiarity == Familiarity::Confirmed;
        if !is_known && !is_terminal() {
            return Err(Error::Missing {
                message: format!("nothing shows that {} is registered; nothing was spent", self.url),
                hint:
                    "register it at https://magichour.ai/developer?tab=webhooks and add --registered, or run this on a \
                       terminal, which asks"
                        .to_owned(),
            });
        }
        match self.late {
            // A secret exists only after the URL was registered.
            Some(late) => Ok(Some(late.arrive().await)),
            None if is_known => Ok(None),
            None => {
                self.context
                    .streams
                    .note("registered?  press Enter once that URL is registered (Ctrl-C: nothing is spent)");
                match stdin_lines().recv().await {
                    Some(_) => Ok(None),
                    None => Err(Error::Missing {
                        message: "the registration was not confirmed; nothing was spent".to_owned(),
                        hint: "--registered confirms it without a question".to_owned(),
                    }),
                }
            }
        }
    }
}
