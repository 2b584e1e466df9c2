//! The API key that the official CLI saved. The file is read and never written.

use crate::model::Secret;
use crate::model::text::io_message::reason;
use crate::store::input_file::read_found;
use crate::store::settings::error::SettingsError;
use crate::store::settings::origin::{Configured, Origin};
use serde_json::Value;
use std::io;
use std::path::Path;

/// The most that is read of the file, in bytes.
const LONGEST: u64 = 1 << 20;

/// Reads the key; no file, or a file without a key, means that nobody logged in.
pub(super) fn key(path: &Path) -> Result<Option<Configured<Secret>>, SettingsError> {
    let origin = Origin::official_cli(&path.display().to_string());
    let bytes = match read_found(path, LONGEST) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(SettingsError::OfficialCli { problem: reason(&error), origin }),
    };
    // The JSON parser's own message may quote a value, so it is not passed on.
    let problem = match serde_json::from_slice(&bytes) {
        Ok(Value::Object(fields)) => match fields.get("api_key") {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(key)) if key.is_empty() => return Ok(None),
            Some(Value::String(key)) => return Ok(Some(Configured::new(Secret::new(key.as_str()), origin))),
            Some(_) => "its api_key is not a string",
        },
        Ok(_) | Err(_) => "it is not a JSON object",
    };
    Err(SettingsError::OfficialCli { origin, problem: problem.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::key;
    use crate::store::settings::origin::Source;
    use std::fs;

    #[test]
    fn the_key_is_read_and_its_origin_says_whose_it_is() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("config.json");
        assert_eq!(key(&path).unwrap(), None);
        fs::write(&path, r#"{"api_key": "mhk_live_x", "other": 1}"#).unwrap();
        let found = key(&path).unwrap().unwrap();
        assert_eq!(found.value.expose(), "mhk_live_x");
        assert_eq!(found.origin.source(), Source::OfficialCli);
        assert_eq!(found.origin.to_string(), format!("the official CLI's {}", path.display()));
        for nobody in ["{}", r#"{"api_key": ""}"#, r#"{"api_key": null}"#] {
            fs::write(&path, nobody).unwrap();
            assert_eq!(key(&path).unwrap(), None);
        }
    }

    #[test]
    fn a_damaged_file_is_named_and_not_shown() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("config.json");
        for (content, problem) in [
            ("\"hunter2\"", "it is not a JSON object"),
            ("{\"api_key\": \"hunter2", "it is not a JSON object"),
            ("{\"api_key\": [\"hunter2\"]}", "its api_key is not a string"),
        ] {
            fs::write(&path, content).unwrap();
            assert_eq!(
                key(&path).unwrap_err().to_string(),
                format!("cannot read the API key from the official CLI's {}: {problem}", path.display())
            );
        }
    }
}
