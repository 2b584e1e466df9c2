//! Makes the bodies of test events: complete samples, edited as asked.

use std::borrow::Cow;

use bytes::Bytes;
use fastrand::Rng;
use jiff::Timestamp;

use crate::model::contract::path::{Assignment, PathError};
use crate::model::contract::payload::{FieldSet, event_json};
use crate::model::contract::peek::Peek;
use crate::model::contract::project::Project;
use crate::model::id::{JOB_ID_LENGTH, job_id};
use crate::model::json::edit::with_item;
use crate::model::json::view::JsonView;
use crate::model::{EventType, Kind, Layout, Phase};

/// Options of sample events.
#[derive(Clone, Debug, Default)]
pub struct Composer {
    /// Fields of the payload.
    pub fields: FieldSet,
    /// The job id of every event; a fresh one for each kind if there is none.
    pub job_id: Option<String>,
    /// Changes to fields that are there.
    pub set: Vec<Assignment>,
    /// Changes that may add fields.
    pub set_new: Vec<Assignment>,
    /// Least number of bytes of the compact event: downloads are added until it has them.
    pub size: usize,
    /// Style of the JSON.
    pub layout: Layout,
}

/// An event that is ready to be signed.
#[derive(Clone, Debug)]
pub struct Composed {
    /// Its type; none if the body was given as bytes.
    pub event_type: Option<Cow<'static, str>>,
    /// Its job; none if the body was given as bytes.
    pub job_id: Option<String>,
    pub body: Bytes,
}

impl Composed {
    /// An event that exists already. Its type is possibly one of a later release.
    pub fn of(body: Bytes) -> Self {
        let Peek { event_type, job_id, .. } = Peek::at(&body);
        Self { event_type: event_type.map(Cow::Owned), job_id, body }
    }
}

impl Composer {
    /// Makes the events, with one job id for each kind.
    ///
    /// # Errors
    ///
    /// [`PathError`] when a change does not fit one of them.
    pub fn compose(&self, events: &[EventType], now: Timestamp, rng: &mut Rng) -> Result<Vec<Composed>, PathError> {
        let ids = Kind::ALL.map(|kind| (kind, self.job_id.clone().unwrap_or_else(|| job_id(rng))));
        let id_of = |kind| ids.iter().find(|(of, _)| *of == kind).map(|(_, id)| id.as_str()).unwrap_or_default();
        events.iter().map(|event| self.compose_one(*event, id_of(event.kind), now)).collect()
    }

    /// Makes one event of one job.
    pub fn compose_one(&self, event: EventType, job_id: &str, now: Timestamp) -> Result<Composed, PathError> {
        let payload = Project::sample(event, job_id, now).to_json(self.fields);
        let mut json = event_json(event.as_str(), payload).to_string().into_bytes();
        for Assignment { path, value } in &self.set {
            json = path.set(&json, value)?;
        }
        for Assignment { path, value } in &self.set_new {
            json = path.set_or_add(&json, value)?;
        }
        if json.len() < self.size {
            json = grown(json, &Project::sample(EventType::new(event.kind, Phase::Completed), job_id, now), self.size);
        }
        let job_id = Peek::at(&json).job_id;
        let json = String::from_utf8_lossy(&json).into_owned();
        Ok(Composed { event_type: Some(event.as_str().into()), job_id, body: self.layout.write(json).into() })
    }
}

/// An event that is made again and again, each time of another job, without being composed anew.
#[derive(Clone, Debug)]
pub struct EventTemplate {
    event: Composed,
    /// Offsets of the job's id in the body; none if it is always the same.
    places: Vec<usize>,
}

impl EventTemplate {
    /// A template of an event; its id stays if `fixed`.
    pub fn of(event: Composed, fixed: bool) -> Self {
        let id = event.job_id.as_deref().filter(|id| !fixed && id.len() == JOB_ID_LENGTH);
        let places = id.map(|id| memchr::memmem::find_iter(&event.body, id).collect()).unwrap_or_default();
        Self { event, places }
    }

    /// The body of the event of another job. The id has the length of all job ids.
    pub fn with_id(&self, id: &str) -> Bytes {
        if self.places.is_empty() || id.len() != JOB_ID_LENGTH {
            return self.event.body.clone();
        }
        let mut body = self.event.body.to_vec();
        for place in &self.places {
            if let Some(old) = body.get_mut(*place..place + JOB_ID_LENGTH) {
                old.copy_from_slice(id.as_bytes());
            }
        }
        body.into()
    }
}

/// The event with downloads like those of a completed job, until it is large enough. Nothing else of it changes, so that
/// only its size can be what a receiver minds.
fn grown(event: Vec<u8>, completed: &Project, size: usize) -> Vec<u8> {
    const COMMA: usize = 1;
    let view = JsonView::read(&event).ok();
    let downloads = view.and_then(|event| event.get("payload")?.get("downloads")).filter(|list| list.is_array());
    let more = completed.downloads.first().map(|download| download.to_json().to_string());
    let (Some(downloads), Some(more)) = (downloads, more) else { return event };
    let count = size.saturating_sub(event.len()).div_ceil(more.len() + COMMA);
    with_item(&event, downloads, &vec![more; count].join(","))
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;
    use jiff::Timestamp;
    use serde_json::Value;

    use super::{Composer, EventTemplate};
    use crate::model::EventType;

    #[test]
    fn events_of_one_kind_tell_of_one_job() {
        let events =
            Composer::default().compose(&EventType::ALL, Timestamp::UNIX_EPOCH, &mut Rng::with_seed(1)).unwrap();
        let ids: Vec<_> = events.iter().map(|event| event.job_id.clone().unwrap()).collect();
        assert!(ids[0] == ids[2] && ids[3] == ids[5] && ids[6] == ids[8]);
        assert!(ids[0] != ids[3] && ids[3] != ids[6]);
    }

    #[test]
    fn changes_are_made_as_asked() {
        let composer = Composer {
            set: vec!["payload.name=null".parse().unwrap(), "payload.width=7".parse().unwrap()],
            set_new: vec!["payload.extra.deep=true".parse().unwrap()],
            ..Composer::default()
        };
        let event = composer.compose_one("video.started".parse().unwrap(), "c1", Timestamp::UNIX_EPOCH).unwrap();
        let json: Value = serde_json::from_slice(&event.body).unwrap();
        assert_eq!((&json["payload"]["name"], &json["payload"]["width"]), (&Value::Null, &Value::from(7)));
        assert_eq!(json["payload"]["extra"]["deep"], true);
        assert!(composer.compose_one("audio.started".parse().unwrap(), "c1", Timestamp::UNIX_EPOCH).is_err());
    }

    #[test]
    fn a_template_gives_the_event_of_any_job() {
        let events = [0, 1].map(|seed| {
            let types = ["video.completed".parse().unwrap()];
            Composer::default().compose(&types, Timestamp::UNIX_EPOCH, &mut Rng::with_seed(seed)).unwrap().remove(0)
        });
        let [one, other] = events;
        let made = EventTemplate::of(one.clone(), false).with_id(other.job_id.as_deref().unwrap());
        assert_eq!(made, other.body);
        assert_eq!(EventTemplate::of(one.clone(), true).with_id(other.job_id.as_deref().unwrap()), one.body);
    }

    #[test]
    fn an_event_grows_to_the_size_that_is_asked_for_and_little_more() {
        for event in EventType::ALL {
            let composer = Composer { size: 65_536, ..Composer::default() };
            let length = composer.compose_one(event, "c1", Timestamp::UNIX_EPOCH).unwrap().body.len();
            assert!((65_536..66_000).contains(&length), "{event}: {length}");
        }
    }
}
