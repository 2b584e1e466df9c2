//! What makes no sense is refused before anything is asked or spent.

use crate::support::Program;

#[test]
fn what_makes_no_sense_is_refused_with_what_to_do() {
    let program = Program::new();
    program.write("array.json", "[1]");
    program.write("broken.json", "{\"a\":");
    program.write("photo.png", "x");
    program.write("notes.txt", "x");
    let cases: [(&[&str], &str, &str); 22] = [
        (&[], "no job was asked for", "`mh-hook e2e --image` is the quickest"),
        (&["--tool", "text-to-vidoe"], "no tool is called 'text-to-vidoe'", "did you mean text-to-video?"),
        (&["--tool", "zzz"], "no tool is called 'zzz'", "--tool list"),
        (&["--tool", "face-detection"], "face-detection sends no webhooks", "--tool list"),
        (&["--tool", "text-to-video", "--image"], "makes video jobs, and --image asks", "leave --image out"),
        (&["--image", "--video", "--body", "array.json"], "--body and --upload are for one job", "--tool"),
        (&["--image", "--body", "array.json"], "array.json holds JSON that is no object", "image_count"),
        (&["--image", "--body", "broken.json"], "broken.json does not hold JSON", "image_count"),
        (&["--image", "--body", "none.json"], "cannot read none.json: no such file", ""),
        (&["--tool", "photo-colorizer", "--prompt", "x"], "photo-colorizer takes no prompt", "--prompt"),
        (&["--image", "--prompt", ""], "style.prompt must be text of at least 1 character", "--body"),
        (&["--image", "--upload", "photo.png"], "'photo.png' has no '='", "assets.image_file_path=photo.png"),
        (&["--image", "--upload", "assets.x=photo.png"], "takes no file in 'assets.x'", "leave --upload out"),
        (
            &["--tool", "photo-colorizer", "--upload", "assets.image_path=photo.png"],
            "takes no file in 'assets.image_path'",
            "did you mean assets.image_file_path?",
        ),
        (
            &["--tool", "photo-colorizer", "--upload", "assets.image_file_path=none.png"],
            "cannot read none.png",
            "a file that is there",
        ),
        (
            &["--tool", "photo-colorizer", "--upload", "assets.image_file_path=notes.txt"],
            "has not the extension of",
            "photo.png",
        ),
        (&["--image", "--forward", "example.com:1"], "it has no http:// or https://", "http://example.com:1"),
        (&["--image", "--sandbox", "--live"], "cannot be used with", "--help"),
        (&["--image", "--timeout", "0"], "must be greater than zero", "--help"),
        (&["--image", "--timeout", "36501d"], "at most a hundred years", "--help"),
        (
            &["--image", "--port", "18777", "--forward", "http://localhost:18777/webhook"],
            "points back to the receiver itself",
            "on another port",
        ),
        (&["--image", "--download", "photo.png"], "cannot write to photo.png", "a directory"),
    ];
    for (arguments, said, advice) in cases {
        let ended = program.run(&[&["e2e"], arguments].concat());
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{arguments:?} {ended:?}");
        assert!(ended.err.contains(said), "{arguments:?} {}", ended.err);
        assert!(ended.err.contains(advice), "{arguments:?} {}", ended.err);
    }
}

#[test]
fn a_project_cannot_spend_credits_or_hand_out_files() {
    let settings = [
        ("live = true", "live"),
        ("upload = ['a=b']", "upload"),
        ("max-credits = 1000", "max-credits"),
        ("video = true", "video"),
        ("prompt = 'x'", "prompt"),
        ("download = '/tmp'", "download"),
        ("no-verify = true", "no-verify"),
    ];
    for (line, option) in settings {
        let program = Program::new();
        program.write("mh-hook.toml", format!("[e2e]\n{line}\n"));
        let ended = program.run(&["e2e", "--image"]);
        assert_eq!(ended.code, 3, "{line} {ended:?}");
        assert!(ended.err.contains(&format!("e2e.{option}")), "{line} {}", ended.err);
    }
}
