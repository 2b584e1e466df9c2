//! The secret that exists only after the URL was registered.

use crate::inspector::Page;
use crate::support::{Program, SECRET, status};
use crate::tunnels::fakes::World;

const EVENT: &[u8] = br#"{"type":"image.completed","payload":{"id":"clx1","status":"complete"}}"#;

/// Posts before and after the secret arrives, and says what became known then.
fn arriving(world: &World, arguments: &[&str], arrive: impl FnOnce()) -> serde_json::Value {
    world.ngrok();
    let mut listening = world.listen(arguments);
    assert_eq!(status(&listening.post_signed(&[], EVENT)), 401);
    assert_eq!(listening.record()["verdict"], "unverified");
    arrive();
    let secret = listening.record();
    assert_eq!(secret["record"], "secret", "{secret}");
    // The same delivery again, as Magic Hour does it.
    assert_eq!(status(&listening.post_signed(&[], EVENT)), 200);
    let delivery = listening.record();
    assert_eq!(delivery["verdict"], "verified");
    assert_eq!(
        (&delivery["attempt"], &delivery["duplicate"]),
        (&1.into(), &false.into()),
        "a refused one does not count"
    );
    assert_eq!(
        status(&listening.post(&[("magic-hour-event-signature", b"x"), ("magic-hour-event-timestamp", b"1")], EVENT)),
        401
    );
    assert_eq!(listening.record()["verdict"], "invalid");
    let ended = listening.stop();
    assert!(!ended.err.contains(SECRET) && !secret.to_string().contains(SECRET), "{}", ended.err);
    secret
}

#[test]
fn a_secret_that_is_written_to_dotenv_is_taken_up_without_a_restart() {
    let world = World::new(Program::new());
    world.program.write(".env", "OTHER=1\n");
    let secret = arriving(&world, &["--tunnel", "ngrok"], || {
        world.program.write(".env", format!("OTHER=1\nMAGIC_HOUR_WEBHOOK_SECRET={SECRET}\n"));
    });
    assert_eq!(secret["origin"], "./.env:2");
}

#[test]
fn a_secret_file_may_come_later_than_the_listener() {
    let world = World::new(Program::new());
    let file = world.file("secret");
    let secret = arriving(&world, &["--tunnel", "ngrok", "--secret-file", file.to_str().unwrap()], || {
        std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    });
    assert_eq!(secret["origin"], file.to_str().unwrap());
}

#[test]
fn without_a_tunnel_a_secret_file_has_to_be_there() {
    let ended = Program::new().run(&["listen", "--port", "0", "--secret-file", "none"]);
    assert_eq!(ended.code, 3, "{}", ended.err);
}

#[test]
fn the_inspector_judges_and_signs_with_the_secret_that_came_late() {
    let world = World::new(Program::new());
    world.ngrok();
    let mut listening = world.listen(&["--tunnel", "ngrok", "--ui"]);
    let page = Page::of(&listening.ready()["ui"]);
    assert_eq!(status(&listening.post_signed(&[], EVENT)), 401);
    assert_eq!(listening.record()["verdict"], "unverified");
    let shown = page.get("/api/deliveries/1");
    assert_ne!(shown["judgement"]["signature"], shown["judgement"]["expected_signature"], "{shown}");
    world.program.write(".env.local", format!("MAGIC_HOUR_WEBHOOK_SECRET={SECRET}\n"));
    assert_eq!(listening.record()["record"], "secret");
    let shown = page.get("/api/deliveries/1");
    assert_eq!(shown["judgement"]["signature"], shown["judgement"]["expected_signature"], "{shown}");
    assert_eq!(page.get("/api/state")["development"], false);
    let made = page.post("/api/deliveries/1/replay", &serde_json::json!({ "to": listening.url, "sign": true }));
    assert_eq!(made["attempt"]["answered"], 200, "{made}");
}
