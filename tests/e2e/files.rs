//! Files that go to Magic Hour and come from it.

use crate::e2e::trial::{Api, run};
use crate::support::Program;

/// The smallest PNG: one pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\
\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\x89\x99=\x1d\0\0\0\0IEND\xaeB`\x82";

#[test]
fn outputs_are_kept_where_they_shall_be_under_a_name_of_their_own() {
    let program = Program::new();
    let trial = run(&program, &["--image", "--prompt", "[duration=0]", "--download", "out/of/it"]);
    assert_eq!(trial.code, 0, "{}", trial.err);
    let id = trial.summary()["jobs"][0]["job_id"].as_str().unwrap();
    let kept = std::fs::read(program.home.path().join(format!("out/of/it/mh-{id}-1.png"))).unwrap();
    assert!(kept.starts_with(b"\x89PNG"));
    let all: Vec<_> = std::fs::read_dir(program.home.path().join("out/of/it")).unwrap().collect();
    assert_eq!(all.len(), 1, "{all:?}");
}

#[test]
fn a_name_that_is_taken_is_left_to_what_has_it() {
    let program = Program::with_secret();
    for _ in 0..2 {
        // A seed gives the same ids again.
        let api = Api::start(&program, &["--seed", "7"]);
        let arguments = ["--image", "--prompt", "[duration=0]", "--download", "out", "--no-journal"];
        let trial = api.run(&api.configured(program.again()), &arguments);
        assert_eq!(trial.code, 0, "{}", trial.err);
    }
    let mut names: Vec<String> = std::fs::read_dir(program.home.path().join("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let [first, second] = names.as_slice() else { panic!("{names:?}") };
    assert_eq!(first.strip_suffix("-1-2.png"), second.strip_suffix("-1.png"), "{names:?}");
}

#[test]
fn files_are_uploaded_and_named_in_the_request() {
    let program = Program::new();
    program.write("face.PNG", PNG);
    program.write("large.png", [PNG, &vec![0; 1 << 20]].concat());
    for tool in ["photo-colorizer", "ai-image-upscaler"] {
        let trial = run(&program, &["--tool", tool, "--upload", "assets.image_file_path=face.PNG"]);
        assert_eq!(trial.code, 0, "{tool} {}", trial.err);
    }
    let uploads = ["--upload", "assets.person_file_path=face.PNG", "--upload", "assets.garment_file_path=large.png"];
    let trial = run(&program, &[&["--tool", "ai-clothes-changer"], uploads.as_slice()].concat());
    assert_eq!(trial.code, 0, "{}", trial.err);
    let list = ["--tool", "ai-image-editor", "--upload", "assets.image_file_paths[0]=face.PNG"];
    let trial = run(&program, &list);
    assert_eq!(trial.code, 0, "{}", trial.err);
}
