//! Endpoints: where deliveries go, and which.

use rusqlite::{OptionalExtension, Row, params};

use crate::model::{EventPattern, Secret};
use crate::store::sandbox::error::StateError;
use crate::store::sandbox::transaction::Tx;

/// A URL with a secret, the events that it wants, and whether it is enabled.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub id: i64,
    /// URL that deliveries are posted to.
    pub url: String,
    /// Event types that it wants, as patterns; all if there is none.
    pub events: Vec<String>,
    /// Secret that signs its deliveries.
    pub secret: Secret,
    /// Whether anything is sent to it.
    pub enabled: bool,
}

/// Secret of an endpoint, and where it comes from.
#[derive(Clone, Debug)]
pub enum EndpointSecret {
    /// Made by the sandbox: kept in the state.
    Made(Secret),
    /// Given by the user: kept in memory only.
    Given(Secret),
}

impl EndpointSecret {
    /// The text for the state's file: empty for a secret that does not belong there.
    fn kept(&self) -> &str {
        match self {
            Self::Made(secret) => secret.expose(),
            Self::Given(_) => "",
        }
    }
}

/// An endpoint to be.
#[derive(Clone, Debug)]
pub struct NewEndpoint {
    /// URL that deliveries are posted to.
    pub url: String,
    /// Event types that it wants, as patterns; all if there is none.
    pub events: Vec<String>,
    /// Secret that signs its deliveries.
    pub secret: EndpointSecret,
    /// Whether anything is sent to it.
    pub enabled: bool,
}

/// Change to an endpoint.
#[derive(Clone, Debug, Default)]
pub struct EndpointChange {
    /// URL that deliveries are posted to.
    pub url: Option<String>,
    /// Event types that it wants.
    pub events: Option<Vec<String>>,
    /// Secret that signs its deliveries.
    pub secret: Option<EndpointSecret>,
    /// Whether anything is sent to it.
    pub enabled: Option<bool>,
}

impl Endpoint {
    /// Whether it wants events of this type.
    pub fn wants(&self, event: &str) -> bool {
        let picks = |text: &String| text.parse::<EventPattern>().is_ok_and(|pattern| pattern.matches(event));
        self.events.is_empty() || self.events.iter().any(picks)
    }
}

const ALL: &str = "SELECT id, url, events, coalesce(given_secrets.secret, endpoints.secret), enabled \
                   FROM endpoints LEFT JOIN given_secrets ON endpoint = id";

impl Tx<'_> {
    /// Adds an endpoint, and gives its number.
    pub fn add_endpoint(&self, endpoint: &NewEndpoint) -> Result<i64, StateError> {
        self.insert_endpoint(endpoint, false)
    }

    /// Adds an endpoint that the user configured, or gives the one that was configured with the same URL before the
    /// events and the secret of now, so that what is pending for it goes on.
    pub fn configure_endpoint(&self, endpoint: &NewEndpoint) -> Result<i64, StateError> {
        let sql = "SELECT id FROM endpoints WHERE configured = 1 AND url = ?1";
        let known: Option<i64> = self.0.prepare_cached(sql)?.query_row([&endpoint.url], |row| row.get(0)).optional()?;
        let Some(id) = known else { return self.insert_endpoint(endpoint, true) };
        let change = EndpointChange {
            events: Some(endpoint.events.clone()),
            secret: Some(endpoint.secret.clone()),
            ..EndpointChange::default()
        };
        self.change_endpoint(id, &change)?;
        Ok(id)
    }

    /// All endpoints, in the order in which they were added.
    pub fn endpoints(&self) -> Result<Vec<Endpoint>, StateError> {
        let mut statement = self.0.prepare_cached(&format!("{ALL} ORDER BY id"))?;
        let rows = statement.query_map([], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// An endpoint by its number.
    pub fn endpoint(&self, id: i64) -> Result<Option<Endpoint>, StateError> {
        let mut statement = self.0.prepare_cached(&format!("{ALL} WHERE id = ?1"))?;
        Ok(statement.query_row([id], read).optional()?)
    }

    /// Changes an endpoint; returns it as it is then, or nothing if there is none.
    pub fn change_endpoint(&self, id: i64, change: &EndpointChange) -> Result<Option<Endpoint>, StateError> {
        let sql = "UPDATE endpoints SET url = coalesce(?2, url), events = coalesce(?3, events), \
                   secret = coalesce(?4, secret), enabled = coalesce(?5, enabled) WHERE id = ?1";
        let events = change.events.as_ref().map(serde_json::to_string).transpose()?;
        let secret = change.secret.as_ref().map(EndpointSecret::kept);
        let changed = self.0.prepare_cached(sql)?.execute(params![id, change.url, events, secret, change.enabled])?;
        if let Some(secret) = change.secret.as_ref().filter(|_| changed > 0) {
            self.remember_secret(id, secret)?;
        }
        self.endpoint(id)
    }

    /// Deletes an endpoint; what is pending for it has failed. False if there is none.
    pub fn delete_endpoint(&self, id: i64) -> Result<bool, StateError> {
        let give_up = "UPDATE deliveries SET state = 'failed' WHERE endpoint = ?1 AND state IN ('pending', 'held')";
        self.0.execute(give_up, [id])?;
        self.0.execute("DELETE FROM given_secrets WHERE endpoint = ?1", [id])?;
        Ok(self.0.execute("DELETE FROM endpoints WHERE id = ?1", [id])? > 0)
    }

    fn insert_endpoint(&self, endpoint: &NewEndpoint, configured: bool) -> Result<i64, StateError> {
        let sql = "INSERT INTO endpoints (url, events, secret, enabled, configured) VALUES (?1, ?2, ?3, ?4, ?5)";
        let events = serde_json::to_string(&endpoint.events)?;
        let secret = endpoint.secret.kept();
        self.0.execute(sql, params![endpoint.url, events, secret, endpoint.enabled, configured])?;
        let id = self.0.last_insert_rowid();
        self.remember_secret(id, &endpoint.secret)?;
        Ok(id)
    }

    /// Has the endpoints of which no secret is known sign with this one. Returns the URLs of those that were added with
    /// a secret by hand: it was in the memory of a run that has ended.
    pub fn sign_the_rest_with(&self, secret: &Secret) -> Result<Vec<String>, StateError> {
        let unknown = "SELECT id, url, configured FROM endpoints \
                       WHERE secret = '' AND id NOT IN (SELECT endpoint FROM given_secrets) ORDER BY id";
        let mut statement = self.0.prepare_cached(unknown)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let found: Vec<(i64, String, bool)> = rows.collect::<Result<_, _>>()?;
        for (id, ..) in &found {
            self.remember_secret(*id, &EndpointSecret::Given(secret.clone()))?;
        }
        Ok(found.into_iter().filter(|(.., configured)| !configured).map(|(_, url, _)| url).collect())
    }

    fn remember_secret(&self, id: i64, secret: &EndpointSecret) -> Result<(), StateError> {
        match secret {
            EndpointSecret::Made(_) => self.0.execute("DELETE FROM given_secrets WHERE endpoint = ?1", [id])?,
            EndpointSecret::Given(secret) => {
                let sql = "INSERT OR REPLACE INTO given_secrets (endpoint, secret) VALUES (?1, ?2)";
                self.0.execute(sql, params![id, secret.expose()])?
            }
        };
        Ok(())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Endpoint> {
    let events: String = row.get(2)?;
    Ok(Endpoint {
        id: row.get(0)?,
        url: row.get(1)?,
        events: serde_json::from_str(&events).unwrap_or_default(),
        secret: Secret::new(row.get::<_, String>(3)?),
        enabled: row.get(4)?,
    })
}
