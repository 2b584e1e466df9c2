//! The page's own files: a fixed table of names, never a path.

use std::sync::LazyLock;

use axum::body::Body;
use axum::response::Response;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};
use sha2::{Digest, Sha256};

use crate::model::text::packed_text::{PackedText, packed_text};

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// A file of the page.
struct Asset {
    path: &'static str,
    media_type: &'static str,
    text: PackedText,
}

macro_rules! assets {
    ($($path:literal: $media_type:expr, $file:literal;)+) => {
        [$(Asset { path: $path, media_type: $media_type, text: packed_text!(concat!("engine/inspector/assets/", $file)) }),+]
    };
}

/// The table.
static ASSETS: [Asset; 42] = assets! {
    "/": HTML, "index.html";
    "/assets/icon.svg": SVG, "icon.svg";
    "/assets/base.css": CSS, "base.css";
    "/assets/views.css": CSS, "views.css";
    "/assets/vendor/preact.mjs": SCRIPT, "vendor/preact.mjs";
    "/assets/vendor/hooks.mjs": SCRIPT, "vendor/hooks.mjs";
    "/assets/vendor/htm.mjs": SCRIPT, "vendor/htm.mjs";
    "/assets/app.mjs": SCRIPT, "app.mjs";
    "/assets/api.mjs": SCRIPT, "api.mjs";
    "/assets/deliveries.mjs": SCRIPT, "deliveries.mjs";
    "/assets/html.mjs": SCRIPT, "html.mjs";
    "/assets/live.mjs": SCRIPT, "live.mjs";
    "/assets/pure/copies.mjs": SCRIPT, "pure/copies.mjs";
    "/assets/pure/diff.mjs": SCRIPT, "pure/diff.mjs";
    "/assets/pure/format.mjs": SCRIPT, "pure/format.mjs";
    "/assets/pure/json.mjs": SCRIPT, "pure/json.mjs";
    "/assets/pure/keys.mjs": SCRIPT, "pure/keys.mjs";
    "/assets/pure/route.mjs": SCRIPT, "pure/route.mjs";
    "/assets/pure/rows.mjs": SCRIPT, "pure/rows.mjs";
    "/assets/pure/run.mjs": SCRIPT, "pure/run.mjs";
    "/assets/pure/text.mjs": SCRIPT, "pure/text.mjs";
    "/assets/pure/timeline.mjs": SCRIPT, "pure/timeline.mjs";
    "/assets/pure/window.mjs": SCRIPT, "pure/window.mjs";
    "/assets/pure/words.mjs": SCRIPT, "pure/words.mjs";
    "/assets/views/attempts.mjs": SCRIPT, "views/attempts.mjs";
    "/assets/views/body.mjs": SCRIPT, "views/body.mjs";
    "/assets/views/check.mjs": SCRIPT, "views/check.mjs";
    "/assets/views/delivery.mjs": SCRIPT, "views/delivery.mjs";
    "/assets/views/e2e.mjs": SCRIPT, "views/e2e.mjs";
    "/assets/views/edit.mjs": SCRIPT, "views/edit.mjs";
    "/assets/views/empty.mjs": SCRIPT, "views/empty.mjs";
    "/assets/views/frame.mjs": SCRIPT, "views/frame.mjs";
    "/assets/views/headers.mjs": SCRIPT, "views/headers.mjs";
    "/assets/views/job.mjs": SCRIPT, "views/job.mjs";
    "/assets/views/lines.mjs": SCRIPT, "views/lines.mjs";
    "/assets/views/list.mjs": SCRIPT, "views/list.mjs";
    "/assets/views/media.mjs": SCRIPT, "views/media.mjs";
    "/assets/views/parts.mjs": SCRIPT, "views/parts.mjs";
    "/assets/views/sandbox.mjs": SCRIPT, "views/sandbox.mjs";
    "/assets/views/schema.mjs": SCRIPT, "views/schema.mjs";
    "/assets/views/signature.mjs": SCRIPT, "views/signature.mjs";
    "/assets/views/target.mjs": SCRIPT, "views/target.mjs";
};

/// The digest of all files: a new program has a new one, so no file of an old page is used with it.
static VERSION: LazyLock<HeaderValue> = LazyLock::new(|| {
    let digest = ASSETS.iter().fold(Sha256::new(), |digest, asset| digest.chain_update(asset.text.0)).finalize();
    let text = format!("\"{}\"", hex::encode(digest));
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
});

/// Whether a path names a file of the page.
pub(super) fn is_asset(path: &str) -> bool {
    ASSETS.iter().any(|asset| asset.path == path)
}

/// The file of a path, or 304 for a browser that has it.
pub(super) fn answer(path: &str, headers: &HeaderMap) -> Option<Response> {
    let asset = ASSETS.iter().find(|asset| asset.path == path)?;
    let has_it = headers.get(IF_NONE_MATCH) == Some(&*VERSION);
    let takes_gzip = headers.get(ACCEPT_ENCODING).is_some_and(|value| value.as_bytes().starts_with(b"gzip"));
    let mut response = Response::new(match () {
        () if has_it => Body::empty(),
        () if takes_gzip => Body::from(asset.text.0),
        () => Body::from(asset.text.unpack().ok()?),
    });
    if has_it {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    if takes_gzip && !has_it {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(ETAG, VERSION.clone());
    Some(response)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use sha2::{Digest, Sha256};

    use super::{ASSETS, SCRIPT};

    const VENDORED: &str = include_str!("assets/vendor/VENDORED.md");

    fn files(directory: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path, found);
            } else {
                found.insert(
                    path.strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/src/engine/inspector/assets"))
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .replace('\\', "/"),
                );
            }
        }
    }

    #[test]
    fn every_file_of_the_page_is_served_and_short() {
        let mut found = BTreeSet::new();
        files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/engine/inspector/assets")), &mut found);
        found.retain(|name| !name.starts_with("vendor/LICENSE") && name != "vendor/VENDORED.md");
        let served: BTreeSet<String> =
            ASSETS.iter().map(|asset| asset.path.strip_prefix("/assets/").unwrap_or("index.html").to_owned()).collect();
        assert_eq!(served, found);
        for asset in ASSETS.iter().filter(|asset| !asset.path.contains("/vendor/")) {
            let lines = asset.text.unpack().unwrap().lines().count();
            assert!(lines <= 400, "{} has {lines} lines", asset.path);
        }
    }

    #[test]
    fn the_vendored_libraries_are_those_whose_hashes_are_written_down() {
        for asset in ASSETS.iter().filter(|asset| asset.path.contains("/vendor/")) {
            let name = asset.path.rsplit('/').next().unwrap();
            let row = VENDORED.lines().find(|line| line.starts_with(&format!("| {name} |"))).unwrap();
            assert!(row.contains(&hex::encode(Sha256::digest(asset.text.unpack().unwrap()))), "{name}");
        }
    }

    #[test]
    fn no_file_asks_for_anything_elsewhere_or_holds_inline_code() {
        for asset in &ASSETS {
            let text = asset.text.unpack().unwrap();
            for wrong in ["https://", "innerHTML", "eval(", "new Function", "style=\"", "import("] {
                let vendored = asset.path.contains("/vendor/");
                let allowed = vendored && wrong == "innerHTML";
                assert!(allowed || !text.contains(wrong), "{} has {wrong}", asset.path);
            }
        }
        let page = ASSETS[0].text.unpack().unwrap();
        assert!(!page.contains("<style") && !page.contains("<script>") && page.contains("<noscript>"));
    }

    #[test]
    fn the_scripts_are_small() {
        let sent = ASSETS.iter().filter(|asset| asset.media_type == SCRIPT).map(|asset| asset.text.0.len());
        assert!(sent.clone().sum::<usize>() < 100 << 10, "{}", sent.sum::<usize>());
    }
}
