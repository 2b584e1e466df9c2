//! Generated JSON, and the samples that every property is tried with.

use std::fs;
use std::path::Path;

use proptest::prelude::{Just, Strategy, any, prop, prop_oneof};

use crate::properties::{answers, dotenv, json, paths, receiving, rendering, settings_file, verifying};

/// A property: it panics if the bytes break it.
type Property = fn(&[u8]);

/// The targets, each with its property. The folder of its samples has its name.
const TARGETS: [(&str, Property); 8] = [
    ("answers", answers::check),
    ("dotenv", dotenv::check),
    ("json", json::check),
    ("paths", paths::check),
    ("receiving", receiving::check),
    ("rendering", rendering::check),
    ("settings_file", settings_file::check),
    ("verifying", verifying::check),
];

/// JSON text as programs write it: any nesting, white space, spelling of strings and numbers, and repeated keys.
pub(crate) fn json_text() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        prop::sample::select(
            &["null", "true", "false", "0", "-0.0", "30.0", "3e1", "1E-2", "12345678901234567890123"][..]
        )
        .prop_map(str::to_owned),
        any::<i64>().prop_map(|number| number.to_string()),
        string(),
    ];
    scalar.prop_recursive(5, 40, 5, |inner| {
        let space = prop::sample::select(&["", " ", "\n  ", "\t\r\n"][..]);
        let items = prop::collection::vec(inner.clone(), 0..5);
        let members = prop::collection::vec((string(), inner), 0..5);
        prop_oneof![
            (items, space.clone())
                .prop_map(|(items, space)| format!("[{space}{}{space}]", items.join(&format!("{space},")))),
            (members, space).prop_map(|(members, space)| {
                let members: Vec<_> = members.iter().map(|(key, value)| format!("{key}{space}:{value}")).collect();
                format!("{{{space}{}{space}}}", members.join(&format!(",{space}")))
            }),
        ]
    })
}

/// A string with its quotes, often a key that events have.
fn string() -> impl Strategy<Value = String> {
    let known = prop::sample::select(&["type", "payload", "id", "status", "downloads", "url", "error", "a"][..]);
    prop_oneof![
        known.prop_map(|key| format!("\"{key}\"")),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        Just(r#""\u00e9\/\ud83d\ude00\n""#.to_owned()),
    ]
}

#[test]
fn every_property_holds_for_its_samples() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds");
    for (name, check) in TARGETS {
        let mut samples: Vec<_> = fs::read_dir(seeds.join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        samples.sort();
        assert!(samples.len() > 2, "{name} has no samples");
        for sample in samples {
            check(&fs::read(sample).unwrap());
        }
    }
}
