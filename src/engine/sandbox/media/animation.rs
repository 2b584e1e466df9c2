//! GIF animations: one second of a gradient, with the job's id in a comment.
//!
//! Made with ffmpeg 5.1: `-f lavfi -i gradients=s=64x64:r=6:d=1:c0=0x6d28d9:c1=0x22d3ee:n=2:speed=0.3:seed=7 -vf
//! split[a][b];[a]palettegen=max_colors=4:reserve_transparent=0[p];[b][p]paletteuse=dither=none -bitexact
//! -fflags +bitexact -flags +bitexact -map_metadata -1`.

use crate::engine::sandbox::media::label::Label;

const GIF: &[u8] = include_bytes!("animation.gif");

/// The header's 13 bytes and the global palette's 256 colours; behind them the blocks begin, and a comment is one.
const BLOCKS: usize = 13 + 256 * 3;

/// The longest text of one part of a comment.
const LONGEST: usize = 255;

pub(super) fn animation(label: &Label) -> Vec<u8> {
    let (before, blocks) = GIF.split_at(BLOCKS);
    [before, &comment(label), blocks].concat()
}

/// An introducer, the code of a comment, a text with its length before it, and an end.
fn comment(label: &Label) -> Vec<u8> {
    let text: Vec<u8> = label.as_str().bytes().take(LONGEST).collect();
    match u8::try_from(text.len()) {
        Ok(length @ 1..) => [b"\x21\xfe".as_slice(), &[length], &text, b"\0"].concat(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCKS, GIF, animation};
    use crate::engine::sandbox::media::label::Label;

    #[test]
    fn the_comment_stands_where_the_blocks_begin() {
        // The palette has 2^(n+1) colours, where n is the low three bits of the flags.
        assert_eq!((GIF[10] & 0b1000_0111, GIF[BLOCKS], GIF.last()), (0b1000_0111, b'\x21', Some(&b'\x3b')));
        let file = animation(&Label::new("cm1", 0));
        assert_eq!(file[BLOCKS..BLOCKS + 7], *b"\x21\xfe\x03cm1\0");
        assert_eq!(file.len(), GIF.len() + 7);
        assert!(GIF.len() < 4_096);
    }
}
