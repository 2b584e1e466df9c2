//! MP4 and `WebM` videos: one second of a gradient, with the job's id as the file's comment.
//!
//! Both were made with ffmpeg 5.1, the source being `-f lavfi -i
//! gradients=s=64x64:r=24:d=1:c0=0x6d28d9:c1=0x22d3ee:n=2:speed=0.2:seed=7`, with
//! `-bitexact -fflags +bitexact -flags +bitexact -map_metadata -1 -metadata comment=<PLACEHOLDER>` and
//!
//! * MP4: `-c:v libx264 -profile:v baseline -level 3.0 -preset veryslow -crf 36 -pix_fmt yuv420p
//!   -bsf:v filter_units=remove_types=6`;
//! * `WebM`: `-c:v libvpx -auto-alt-ref 0 -crf 50 -b:v 8k -pix_fmt yuv420p -write_crc32 0`.

use crate::engine::sandbox::media::label::Label;

/// The comment in both files, which leaves room for an id of any form. Another of the same length can take its place
/// without any box or offset of the file having to change.
const PLACEHOLDER: &[u8] = b"mh-hook-job-id-0123456789-0123456789-012";

const MP4: &[u8] = include_bytes!("video.mp4");

const WEBM: &[u8] = include_bytes!("video.webm");

pub(super) fn mp4(label: &Label) -> Vec<u8> {
    labelled(MP4, label)
}

pub(super) fn webm(label: &Label) -> Vec<u8> {
    labelled(WEBM, label)
}

fn labelled(video: &[u8], label: &Label) -> Vec<u8> {
    let mut file = video.to_vec();
    let place = memchr::memmem::find(video, PLACEHOLDER).map(|start| start..start + PLACEHOLDER.len());
    if let Some(comment) = place.and_then(|place| file.get_mut(place)) {
        comment.copy_from_slice(&label.in_bytes(PLACEHOLDER.len()));
    }
    file
}

#[cfg(test)]
mod tests {
    use super::{MP4, PLACEHOLDER, WEBM};

    #[test]
    fn each_file_has_one_place_for_the_id_and_is_small() {
        for video in [MP4, WEBM] {
            assert_eq!(memchr::memmem::find_iter(video, PLACEHOLDER).count(), 1);
            assert!(video.len() < 4_096);
        }
    }
}
