//! Options of a sandbox.

use std::collections::HashSet;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::engine::clock::SharedClock;
use crate::engine::reporter::WhenBehind;
use crate::model::contract::event::UnknownEvent;
use crate::model::job::Speed;
use crate::model::{EventPattern, Secret};
use crate::net::out::target::{Target, TargetError};
use crate::net::out::tls::TlsOptions;
use crate::store::sandbox::StatePlace;

/// Credits of a new free account.
const FREE_CREDITS: u32 = 400;

/// Default number of jobs that render at once.
const WORKERS: u32 = 16;

/// Options of a sandbox. The default is quick, generous and keeps nothing.
#[derive(Clone, Debug)]
pub struct SandboxOptions {
    /// The address to listen on; both of localhost if there is none. On one that other machines can reach, the control
    /// API is off, unless there is a token for it.
    pub bind: Option<IpAddr>,
    /// Bearer token that every request to the control API must carry, if any.
    pub control_token: Option<Secret>,
    /// The port; 0 picks a free one.
    pub port: u16,
    /// Place of the state.
    pub place: StatePlace,
    /// The endpoints that events are delivered to, besides those that the state has.
    pub endpoints: Vec<EndpointSpec>,
    /// Secret that signs their deliveries.
    pub secret: Secret,
    /// Speed at which jobs render.
    pub speed: Speed,
    /// Number of jobs that render at once.
    pub workers: u32,
    /// Credits of the account at the start.
    pub credits: u32,
    /// The API keys that are valid; any if there is none.
    pub api_keys: HashSet<String>,
    /// Takes creations of tools that are not in the catalogue.
    pub lenient: bool,
    /// Refuses models and templates that this version does not know.
    pub strict: bool,
    /// Takes any path as a file that was uploaded.
    pub any_file: bool,
    /// Largest rate of API calls, if limited.
    pub rate_limit: Option<Rate>,
    /// Fraction of jobs that fail (0 to 1).
    pub error_rate: f64,
    /// Of how many jobs every event is sent twice by chance, from 0 to 1.
    pub duplicate_rate: f64,
    /// Makes ids and chance the same again.
    pub seed: Option<u64>,
    /// Factor that divides retry delays.
    pub time_scale: f64,
    /// Sends every attempt at a delivery with the timestamp of the first.
    pub reuse_signatures: bool,
    /// Base of links, instead of this server's own address.
    pub public_base: Option<String>,
    /// Has webhooks carry links of the form in Magic Hour's documentation, which open nothing.
    pub documented_links: bool,
    /// Trusted certificates for https endpoints.
    pub tls: TlsOptions,
    /// The time of day; the real one if there is none.
    pub clock: Option<SharedClock>,
    /// Treatment of events that come faster than they are taken.
    pub when_behind: WhenBehind,
}

impl SandboxOptions {
    /// The default behaviour, with this secret for the endpoints.
    pub fn new(secret: Secret) -> Self {
        Self {
            bind: None,
            control_token: None,
            port: 0,
            place: StatePlace::Temporary,
            endpoints: Vec::new(),
            secret,
            speed: Speed::Fast,
            workers: WORKERS,
            credits: FREE_CREDITS,
            api_keys: HashSet::new(),
            lenient: false,
            strict: false,
            any_file: false,
            rate_limit: None,
            error_rate: 0.0,
            duplicate_rate: 0.0,
            seed: None,
            time_scale: 1.0,
            reuse_signatures: false,
            public_base: None,
            documented_links: false,
            tls: TlsOptions::default(),
            clock: None,
            when_behind: WhenBehind::Wait,
        }
    }
}

/// An endpoint as it is written on a command line: `URL`, or `URL#video.*,image.completed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointSpec {
    /// URL that deliveries are posted to.
    pub url: String,
    /// Event types that it wants, as patterns; all if there is none.
    pub events: Vec<String>,
}

/// Why a text is no endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointSpecError {
    /// The URL cannot be posted to.
    #[error(transparent)]
    Url(#[from] TargetError),
    /// No event has that name.
    #[error(transparent)]
    Event(#[from] UnknownEvent),
}

impl EndpointSpec {
    /// An endpoint for these events, once URL and patterns are found to be good.
    pub fn checked(url: &str, events: Vec<String>) -> Result<Self, EndpointSpecError> {
        url.parse::<Target>()?;
        events.iter().try_for_each(|text| EventPattern::of_known(text).map(drop))?;
        Ok(Self { url: url.to_owned(), events })
    }
}

impl FromStr for EndpointSpec {
    type Err = EndpointSpecError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (url, events) = text.split_once('#').unwrap_or((text, ""));
        let events = events.split(',').map(str::trim).filter(|event| !event.is_empty()).map(str::to_owned);
        Self::checked(url, events.collect())
    }
}

impl fmt::Display for EndpointSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)?;
        if self.events.is_empty() { Ok(()) } else { write!(f, " ({})", self.events.join(", ")) }
    }
}

/// Calls per second, written `10/s` or `10`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate(f64);

/// Why a text is no rate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a rate such as 10/s or 0.5/s")]
pub struct RateError(String);

impl Rate {
    /// Calls per second; above 0.
    pub const fn per_second(self) -> f64 {
        self.0
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.strip_suffix("/s").unwrap_or(text).parse().ok();
        let number = number.filter(|number: &f64| number.is_finite() && *number > 0.0);
        number.map(Self).ok_or_else(|| RateError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{EndpointSpec, Rate};

    #[test]
    fn an_endpoint_may_name_its_events() {
        let spec: EndpointSpec = "http://localhost:8000/webhook#video.*, image.completed".parse().unwrap();
        assert_eq!(spec.url, "http://localhost:8000/webhook");
        assert_eq!(spec.events, ["video.*", "image.completed"]);
        assert_eq!(spec.to_string(), "http://localhost:8000/webhook (video.*, image.completed)");
        assert!("http://localhost:8000/webhook".parse::<EndpointSpec>().unwrap().events.is_empty());
    }

    #[test]
    fn a_slip_in_an_endpoint_is_named() {
        let message = |text: &str| text.parse::<EndpointSpec>().unwrap_err().to_string();
        assert_eq!(message("http://a#vidoe.completed"), "no event is called 'vidoe.completed'");
        assert!(message("localhost:8000").contains("it has no http:// or https://"));
    }

    #[test]
    fn a_rate_is_a_number_of_calls_in_a_second() {
        assert_eq!(["10/s", "0.5"].map(|text| text.parse::<Rate>().unwrap().per_second().to_string()), ["10", "0.5"]);
        assert!(["", "0", "-1/s", "inf/s", "10/m"].iter().all(|text| text.parse::<Rate>().is_err()));
    }
}
