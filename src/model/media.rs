//! Media types: by a file's extension, and by its first bytes.

use serde::{Deserialize, Serialize};

use crate::model::contract::event::Kind;

/// Extensions and their media types; where two extensions share a type, the usual one is first.
#[rustfmt::skip]
const TYPES: [(&str, &str); 32] = [
    ("mp4", "video/mp4"), ("m4v", "video/x-m4v"), ("mov", "video/quicktime"), ("webm", "video/webm"),
    ("png", "image/png"), ("jpg", "image/jpeg"), ("jpeg", "image/jpeg"), ("jfif", "image/jpeg"),
    ("heic", "image/heic"), ("heif", "image/heif"), ("webp", "image/webp"), ("avif", "image/avif"),
    ("jp2", "image/jp2"), ("tiff", "image/tiff"), ("tif", "image/tiff"), ("bmp", "image/bmp"), ("gif", "image/gif"),
    ("mp3", "audio/mpeg"), ("wav", "audio/wav"), ("aac", "audio/aac"), ("flac", "audio/flac"), ("weba", "audio/webm"),
    ("m4a", "audio/mp4"), ("ogg", "audio/ogg"), ("oga", "audio/ogg"), ("opus", "audio/ogg"), ("aiff", "audio/aiff"),
    ("amr", "audio/amr"), ("json", "application/json"), ("txt", "text/plain"), ("html", "text/html"), ("pdf", "application/pdf"),
];

/// The media type of an extension, without its dot and in any case.
pub fn by_extension(extension: &str) -> Option<&'static str> {
    TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(extension)).map(|(_, media_type)| *media_type)
}

/// The usual extension of a media type; what follows a `;` does not count.
pub fn extension_of(media_type: &str) -> Option<&'static str> {
    let plain = media_type.split(';').next().unwrap_or_default().trim();
    TYPES.iter().find(|(_, known)| known.eq_ignore_ascii_case(plain)).map(|(extension, _)| *extension)
}

/// The extension of a path's or a URL's last part, without its dot. A query or fragment does not count.
pub fn extension_in(path: &str) -> Option<&str> {
    let end = path.bytes().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(path.len());
    let plain = path.get(..end)?;
    let (stem, extension) = plain.rsplit(['/', '\\']).next()?.rsplit_once('.')?;
    (!stem.is_empty() && !extension.is_empty()).then_some(extension)
}

/// The extensions that can be uploaded as each type of asset. Magic Hour takes a GIF as a video, for the face swap alone.
pub const fn upload_extensions(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Video => &["mp4", "m4v", "mov", "webm"],
        Kind::Audio => &["mp3", "wav", "aac", "flac", "webm", "weba", "m4a", "opus", "ogg", "oga", "aiff", "amr"],
        Kind::Image => &["png", "jpg", "jpeg", "jfif", "heic", "heif", "webp", "avif", "jp2", "tiff", "tif", "bmp"],
    }
}

/// Checks the extension of a file that is to be uploaded.
pub fn check_upload(kind: Kind, extension: &str) -> Result<(), String> {
    let possible = upload_extensions(kind);
    let is_gif_of_a_video = kind == Kind::Video && extension == "gif";
    if is_gif_of_a_video || possible.contains(&extension) {
        return Ok(());
    }
    let possible = possible.join(", ");
    Err(format!("'{extension}' is an invalid {kind} extension. Possible extensions are '{possible}'"))
}

/// The types of file that the sandbox can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaFormat {
    Png,
    Gif,
    Mp4,
    /// A video, if asked for by name.
    Webm,
    Wav,
}

impl MediaFormat {
    const ALL: [Self; 5] = [Self::Png, Self::Gif, Self::Mp4, Self::Webm, Self::Wav];

    /// The file's extension, without a dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Gif => "gif",
            Self::Mp4 => "mp4",
            Self::Webm => "webm",
            Self::Wav => "wav",
        }
    }

    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Mp4 => "video/mp4",
            Self::Webm => "video/webm",
            Self::Wav => "audio/wav",
        }
    }

    /// The format of an extension, if the sandbox can make it.
    pub fn by_extension(extension: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.extension() == extension)
    }
}

/// Media type that the first bytes of a file show. The first 64 are enough.
pub fn sniff(bytes: &[u8]) -> Option<&'static str> {
    let plain = SIGNATURES.iter().find(|(signature, _)| bytes.starts_with(signature));
    plain.map(|(_, media_type)| *media_type).or_else(|| container(bytes)).or_else(|| frame(bytes))
}

#[rustfmt::skip]
const SIGNATURES: [(&[u8], &str); 16] = [
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"), (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"), (b"MM\0*", "image/tiff"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"#!AMR", "audio/amr"),
    (b"%PDF-", "application/pdf"),
    (b"<!DOCTYPE html", "text/html"), (b"<!doctype html", "text/html"), (b"<html", "text/html"),
    (b"{\"", "application/json"),
];

/// Containers name what they hold a few bytes in.
fn container(bytes: &[u8]) -> Option<&'static str> {
    let held = bytes.get(8..12);
    match bytes.get(..4)? {
        b"RIFF" if held == Some(b"WAVE") => Some("audio/wav"),
        b"RIFF" if held == Some(b"WEBP") => Some("image/webp"),
        b"FORM" if matches!(held, Some(b"AIFF" | b"AIFC")) => Some("audio/aiff"),
        b"\x1a\x45\xdf\xa3" => matroska(bytes),
        [b'B', b'M', ..] if bytes.get(6..10) == Some(&[0; 4]) => Some("image/bmp"),
        _ if bytes.get(4..8) == Some(b"ftyp") => Some(brand(held?)),
        _ => None,
    }
}

/// An EBML header names its document type; only `WebM` is of interest.
fn matroska(bytes: &[u8]) -> Option<&'static str> {
    let header = bytes.get(..bytes.len().min(64))?;
    header.windows(4).any(|window| window == b"webm").then_some("video/webm")
}

const fn brand(brand: &[u8]) -> &'static str {
    match brand {
        b"M4A " | b"M4B " => "audio/mp4",
        b"M4V " => "video/x-m4v",
        b"qt  " => "video/quicktime",
        b"avif" | b"avis" => "image/avif",
        b"heic" | b"heix" | b"hevc" => "image/heic",
        b"mif1" | b"msf1" => "image/heif",
        _ => "video/mp4",
    }
}

/// MPEG audio has no header, only the first of its frames: eleven set bits, then the layer (0 is AAC, 1 is MP3).
fn frame(bytes: &[u8]) -> Option<&'static str> {
    let (first, second) = (bytes.first()?, bytes.get(1)?);
    match (*first, second & 0b1111_0110) {
        (0xff, 0b1111_0000) => Some("audio/aac"),
        (0xff, 0b1111_0010 | 0b1110_0010) => Some("audio/mpeg"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{by_extension, check_upload, extension_in, extension_of, sniff, upload_extensions};
    use crate::model::contract::event::Kind;

    #[test]
    fn every_extension_that_can_be_uploaded_has_a_type() {
        for extension in Kind::ALL.into_iter().flat_map(upload_extensions) {
            assert!(by_extension(extension).is_some(), "{extension}");
        }
        assert_eq!(by_extension("PNG"), Some("image/png"));
        assert_eq!(extension_of("image/jpeg; q=1"), Some("jpg"));
        assert_eq!(extension_of("application/x-unheard-of"), None);
    }

    #[test]
    fn the_extension_is_that_of_the_last_part() {
        assert_eq!(extension_in("https://videos.magichour.ai/id/output.mp4?sig=a.b/c.d#e"), Some("mp4"));
        assert_eq!(extension_in("https://magichour.ai/library"), None);
        assert_eq!([extension_in("a/.env"), extension_in("a."), extension_in("")], [None; 3]);
    }

    #[test]
    fn a_wrong_extension_is_refused_in_the_words_of_the_api() {
        let refused = check_upload(Kind::Audio, "mp4").unwrap_err();
        let expected = "'mp4' is an invalid audio extension. Possible extensions are \
                        'mp3, wav, aac, flac, webm, weba, m4a, opus, ogg, oga, aiff, amr'";
        assert_eq!(refused, expected);
        assert_eq!(check_upload(Kind::Video, "gif"), Ok(()));
        assert!(check_upload(Kind::Image, "gif").is_err());
    }

    #[test]
    fn first_bytes_tell_the_type() {
        let cases: [(&[u8], &str); 15] = [
            (b"\x89PNG\r\n\x1a\n....", "image/png"),
            (b"\xff\xd8\xff\xe0", "image/jpeg"),
            (b"GIF89a", "image/gif"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
            (b"RIFF\x10\0\0\0WAVEfmt ", "audio/wav"),
            (b"\0\0\0\x20ftypisom", "video/mp4"),
            (b"\0\0\0\x14ftypqt  ", "video/quicktime"),
            (b"\0\0\0\x20ftypM4A ", "audio/mp4"),
            (b"\0\0\0\x20ftypavif", "image/avif"),
            (b"\x1a\x45\xdf\xa3\x9fB\x82\x84webm", "video/webm"),
            (b"ID3\x04", "audio/mpeg"),
            (b"\xff\xfb\x90\x64", "audio/mpeg"),
            (b"\xff\xf1\x50\x80", "audio/aac"),
            (b"OggS\0", "audio/ogg"),
            (b"FORM\0\0\0\0AIFFCOMM", "audio/aiff"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(sniff(bytes), Some(expected));
        }
    }

    #[test]
    fn text_nothing_and_fragments_are_no_media() {
        let none: [&[u8]; 6] = [b"", b"R", b"RIFF", b"BMW drives", b"\0\0\0\x20ftyp", b"\x1a\x45\xdf\xa3matroska"];
        for bytes in none {
            assert_eq!(sniff(bytes), None, "{bytes:?}");
        }
        assert_eq!(sniff(b"<!DOCTYPE html><p>Forbidden"), Some("text/html"));
    }
}
