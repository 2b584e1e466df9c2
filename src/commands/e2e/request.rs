//! Jobs that a run submits: by default a cheap one of each kind.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use crate::commands::shared::stdin;
use crate::commands::shared::value_parsers;
use crate::engine::e2e::{JobRequest, UploadRequest};
use crate::error::Error;
use crate::model::Kind;
use crate::model::contract::path;
use crate::model::media::check_upload;
use crate::model::nearest;
use crate::model::text::io_message::reason;
use crate::model::tools::{Tool, ValueShape, files_in, job_tools, nearest_tool, tools, usual_tool, validate};
use crate::store::input_file::check_named;
use crate::store::settings::SetBy;

/// Default time limit of a job.
const fn usual_timeout(kind: Kind) -> Duration {
    match kind {
        Kind::Video => Duration::from_mins(20),
        Kind::Image | Kind::Audio => Duration::from_mins(3),
    }
}

/// Prefix of the files in the smallest bodies; nothing is served there.
const PLACEHOLDER: &str = "https://example.com/";

/// Options that choose the jobs.
#[derive(Args, Debug)]
#[command(next_help_heading = "Jobs")]
pub(crate) struct JobArgs {
    /// Submit an image job; several kinds run at the same time
    #[arg(long, add = SetBy::User)]
    image: bool,
    /// Submit a video job
    #[arg(long, add = SetBy::User)]
    video: bool,
    /// Submit an audio job
    #[arg(long, add = SetBy::User)]
    audio: bool,
    /// Submit one job of each kind
    #[arg(long, add = SetBy::CommandLine)]
    all: bool,
    /// Use this tool instead of the usual one; 'list' shows all
    #[arg(long, add = SetBy::User, value_name = "NAME")]
    pub(crate) tool: Option<String>,
    /// Prompt; in a sandbox it can hold directives such as `[error=no_source_face]`
    #[arg(long, add = SetBy::User, value_name = "TEXT")]
    prompt: Option<String>,
    /// Model of the job, instead of the cheapest
    #[arg(long, add = SetBy::User, value_name = "NAME")]
    model: Option<String>,
    /// File with the JSON body of the create call (- for standard input)
    #[arg(long, add = SetBy::CommandLine, value_name = "FILE")]
    body: Option<PathBuf>,
    /// Upload a file first, and set this field of the body to it: `assets.image_file_path=photo.png`
    #[arg(long, add = SetBy::CommandLine, value_name = "FIELD=FILE")]
    upload: Vec<String>,
    /// Time limit of a job [default: 3m, for videos 20m]
    #[arg(long, add = SetBy::Project, value_name = "DURATION", value_parser = value_parsers::some_time)]
    timeout: Option<Duration>,
}

impl JobArgs {
    /// The jobs to submit: image, video, audio, as far as they were asked for.
    pub(crate) fn requests(&self) -> Result<Vec<JobRequest>, Error> {
        let chosen = self.chosen()?;
        if chosen.len() > 1 && (self.body.is_some() || !self.upload.is_empty()) {
            let message = "--body and --upload are for one job, and several kinds were asked for";
            return Err(Error::usage(message, "ask for one of --image, --video and --audio, or for one --tool"));
        }
        chosen.into_iter().map(|(kind, tool)| self.request(kind, tool)).collect()
    }

    /// The kinds that were asked for by their options.
    pub(crate) fn kinds(&self) -> Vec<Kind> {
        let flags = [(Kind::Image, self.image), (Kind::Video, self.video), (Kind::Audio, self.audio)];
        flags.into_iter().filter(|(_, asked)| *asked || self.all).map(|(kind, _)| kind).collect()
    }

    /// Whether the body of the create call is the user's own.
    pub(crate) fn has_body(&self) -> bool {
        self.body.is_some()
    }

    /// Whether the body comes from standard input.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.body.as_deref() == Some(Path::new("-"))
    }

    fn chosen(&self) -> Result<Vec<(Kind, &'static Tool)>, Error> {
        let kinds = self.kinds();
        if let Some(name) = &self.tool {
            let (kind, tool) = find(name)?;
            return match kinds.iter().find(|asked| **asked != kind) {
                None => Ok(vec![(kind, tool)]),
                Some(asked) => {
                    let message = format!("{name} makes {kind} jobs, and --{asked} asks for another kind");
                    Err(Error::usage(message, format!("leave --{asked} out: the tool says what it makes")))
                }
            };
        }
        if kinds.is_empty() {
            return Err(Error::usage(
                "no job was asked for",
                "`mh-hook e2e --image` is the quickest; --video and --audio are the other kinds, --tool names one tool",
            ));
        }
        Ok(kinds.into_iter().filter_map(|kind| Some((kind, usual_tool(kind)?))).collect())
    }

    fn request(&self, kind: Kind, tool: &'static Tool) -> Result<JobRequest, Error> {
        let mut body = match &self.body {
            Some(file) => read_body(file)?,
            None => tool.cheapest_body(),
        };
        if let Some(prompt) = &self.prompt {
            set_prompt(tool, &mut body, prompt)?;
        }
        if let Some(model) = &self.model {
            set_model(tool, &mut body, model)?;
        }
        let uploads = self.upload.iter().map(|text| upload(tool, &mut body, text)).collect::<Result<_, _>>()?;
        if self.body.is_none()
            && let Err(invalid) = validate(tool, &body)
        {
            return Err(Error::usage(invalid.to_string(), "--body FILE gives the whole body of the create call"));
        }
        let timeout = self.timeout.unwrap_or_else(|| usual_timeout(kind));
        let estimate = tool.probable_cost(&body);
        let least = tool.price.estimate(&body);
        Ok(JobRequest { kind, tool, body, uploads, estimate, least, timeout })
    }
}

/// The first file that a request names and that nobody has: Magic Hour itself would look for it in vain.
pub(crate) fn missing_file(request: &JobRequest) -> Option<String> {
    let files = files_in(request.tool, &request.body);
    files.into_iter().find(|file| file.path.starts_with(PLACEHOLDER)).map(|file| file.field)
}

/// The choice of a request whose price is not published.
pub(crate) fn unpriced(request: &JobRequest) -> Option<String> {
    request.tool.unpriced(&request.body)
}

/// The field by which the cost of a request is not known.
pub(crate) fn unpriceable(request: &JobRequest) -> Option<&'static str> {
    request.tool.price.unknown_by(&request.body)
}

fn find(name: &str) -> Result<(Kind, &'static Tool), Error> {
    let plain = name.rsplit('/').next().unwrap_or(name);
    if let Some(found) = job_tools().find(|(_, tool)| tool.name() == plain) {
        return Ok(found);
    }
    let all = "`mh-hook e2e --tool list` shows all";
    if tools().any(|tool| tool.name() == plain) {
        return Err(Error::usage(format!("{plain} sends no webhooks, so there is nothing to try"), all));
    }
    if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.as_str() == plain) {
        return Err(Error::usage(
            format!("{kind} is a kind, not a tool"),
            format!("--{kind} uses its usual tool; {all}"),
        ));
    }
    let hint = nearest_tool(plain).map_or(all.to_owned(), |tool| format!("did you mean {}? {all}", tool.name()));
    Err(Error::usage(format!("no tool is called '{name}'"), hint))
}

fn read_body(file: &Path) -> Result<Value, Error> {
    let bytes = stdin::read(file)?;
    let shown = if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() };
    // Some editors and shells begin a file so.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let hint = "it holds the body of the create call, such as {\"image_count\": 1, \"model\": \"flux-schnell\", \"style\": {\"prompt\": \"a cat\"}}";
    match serde_json::from_slice(bytes) {
        Ok(body @ Value::Object(_)) => Ok(body),
        Ok(_) => Err(Error::usage(format!("{shown} holds JSON that is no object"), hint)),
        Err(error) => Err(Error::usage(format!("{shown} does not hold JSON: {error}"), hint)),
    }
}

fn set_model(tool: &Tool, body: &mut Value, model: &str) -> Result<(), Error> {
    const FIELD: &str = "model";
    if !tool.fields.iter().any(|field| field.path == FIELD) {
        return Err(Error::usage(format!("{} has no choice of models", tool.name()), "leave --model out"));
    }
    let field: path::Path = FIELD.parse()?;
    Ok(field.set_new(body, json!(model))?)
}

fn set_prompt(tool: &Tool, body: &mut Value, prompt: &str) -> Result<(), Error> {
    let no_prompt = || Error::usage(format!("{} takes no prompt", tool.name()), "leave --prompt out");
    let field: path::Path = tool.prompt_field().ok_or_else(no_prompt)?.parse()?;
    Ok(field.set_new(body, json!(prompt))?)
}

/// Reads `FIELD=FILE`, and notes the file in the body, where its uploaded path replaces it later.
fn upload(tool: &Tool, body: &mut Value, text: &str) -> Result<UploadRequest, Error> {
    let Some((field, file)) = text.split_once('=') else {
        return Err(Error::usage(format!("'{text}' has no '='"), "as in --upload assets.image_file_path=photo.png"));
    };
    let known: Vec<&str> =
        tool.fields.iter().filter(|known| known.shape == ValueShape::File).map(|known| known.path).collect();
    let plain = without_indices(field);
    if !known.contains(&plain.as_str()) {
        let hint = match nearest(&plain, known.iter().copied()) {
            Some(nearest) => format!("did you mean {}?", nearest.replace("[]", "[0]")),
            None if known.is_empty() => "this tool needs none: leave --upload out".to_owned(),
            None => format!("its fields for files are {}", known.join(", ")),
        };
        return Err(Error::usage(format!("{} takes no file in '{field}'", tool.name()), hint));
    }
    let place: path::Path = field.parse()?;
    place.set_new(body, json!(file))?;
    let file = PathBuf::from(file);
    if std::fs::metadata(&file).is_ok_and(|metadata| metadata.is_file() && metadata.len() == 0) {
        return Err(Error::usage(format!("{} is empty", file.display()), "give --upload a file with something in it"));
    }
    if let Err(source) = check_named(&file) {
        return Err(Error::usage(
            format!("cannot read {}: {}", file.display(), reason(&source)),
            "--upload takes FIELD=FILE with a file that is there",
        ));
    }
    let (kind, extension) = asset(field, &file)?;
    Ok(UploadRequest { field: place, file, kind, extension })
}

/// `a.files[2].name` as the tables have it: `a.files[].name`.
fn without_indices(field: &str) -> String {
    let mut pieces = field.split('[');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |plain, piece| match piece.split_once(']') {
        Some((index, rest)) if index.bytes().all(|byte| byte.is_ascii_digit()) => format!("{plain}[]{rest}"),
        _ => format!("{plain}[{piece}"),
    })
}

/// Kind of asset of a file, by its extension, and if that is ambiguous by the field's name.
fn asset(field: &str, file: &Path) -> Result<(Kind, String), Error> {
    let extension = file.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    let extension = extension.unwrap_or_default();
    let possible: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| check_upload(*kind, &extension).is_ok()).collect();
    let named = possible.iter().find(|kind| field.contains(kind.as_str()));
    match named.or(possible.first()) {
        Some(kind) => Ok((*kind, extension)),
        None => Err(Error::usage(
            format!("{} has not the extension of a video, an image or a sound that Magic Hour takes", file.display()),
            "as in photo.png, clip.mp4 or speech.mp3",
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{asset, find, without_indices};
    use crate::model::Kind;

    #[test]
    fn a_tool_is_found_by_its_name_or_its_path() {
        assert_eq!(find("/v1/text-to-video").unwrap().1.path, "/v1/text-to-video");
        assert_eq!(find("ai-qr-code-generator").unwrap().0, Kind::Image);
        assert!(find("text-to-vidoe").unwrap_err().hint().unwrap().contains("text-to-video"));
        assert!(find("face-detection").unwrap_err().to_string().contains("sends no webhooks"));
    }

    #[test]
    fn a_files_sort_is_told_by_its_extension_and_by_the_field() {
        let kind = |field: &str, file: &str| asset(field, Path::new(file)).ok().map(|(kind, _)| kind);
        assert_eq!(kind("assets.image_file_path", "a.PNG"), Some(Kind::Image));
        assert_eq!(kind("assets.audio_file_path", "a.webm"), Some(Kind::Audio));
        assert_eq!(kind("assets.video_file_path", "a.webm"), Some(Kind::Video));
        assert_eq!(kind("assets.image_file_path", "a.txt"), None);
    }

    #[test]
    fn only_indices_are_left_out_of_a_field() {
        assert_eq!(without_indices("assets.image_file_paths[12]"), "assets.image_file_paths[]");
        assert_eq!(without_indices("assets.face_mappings[0].new_face"), "assets.face_mappings[].new_face");
        for field in ["assets.image_file_path1", "a[b]", "a[1"] {
            assert_eq!(without_indices(field), field);
        }
    }
}
