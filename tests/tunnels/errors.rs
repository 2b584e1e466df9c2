//! Each way in which a tunnel fails, with its exit code and its hint.

use crate::support::{Ended, Program};
use crate::tunnels::fakes::World;
use crate::tunnels::front::Manners;

/// Listens with a tunnel in this world until that fails.
#[track_caller]
fn failing(world: &World, tunnel: &str, more: &[&str]) -> Ended {
    let arguments: Vec<&str> = ["listen", "--port", "0", "--tunnel", tunnel].iter().chain(more).copied().collect();
    let ended = world.program.run(&world.listen_arguments(&arguments));
    assert!(ended.out.is_empty(), "ready was said: {}", ended.out);
    ended
}

#[track_caller]
fn assert_said(ended: &Ended, code: i32, parts: &[&str]) {
    assert_eq!(ended.code, code, "{}", ended.err);
    for part in parts {
        assert!(ended.err.contains(part), "{part}: {}", ended.err);
    }
}

#[test]
fn a_program_that_is_not_installed_is_named_with_the_way_to_get_it() {
    let world = World::new(Program::with_secret());
    assert_said(&failing(&world, "ngrok", &[]), 3, &["ngrok is not installed", "brew install ngrok", "--from new"]);
    assert_said(&failing(&world, "cloudflared", &[]), 3, &["cloudflared is not installed", "--tunnel ngrok"]);
    let nothing = failing(&world, "auto", &[]);
    assert_said(&nothing, 3, &["no program that opens a tunnel was found", "https://ngrok.com/download", "--from new"]);
}

#[test]
fn doctor_proves_a_public_url_that_leads_to_the_port() {
    let world = World::new(Program::with_secret());
    let port = crate::tunnels::fakes::free_port();
    world.front.lead_to(port);
    let (port, url) = (port.to_string(), format!("{}/webhook", world.front.url));
    let arguments = ["doctor", "--format", "json", "--port", &port, "--public-url", &url];
    let ended = world.program.run(&world.listen_arguments(&arguments));
    let records = ended.records();
    let check = records.iter().find(|record| record["name"] == "public URL").expect(&ended.err);
    assert_eq!((&check["health"], &check["found"]), (&"good".into(), &format!("{url} reaches port {port}").into()));
}

#[test]
fn an_unknown_provider_is_a_matter_of_usage() {
    let ended = Program::with_secret().run(&["listen", "--tunnel", "serveo"]);
    assert_said(&ended, 2, &["use auto, ngrok, cloudflared"]);
}

/// The end of an ngrok 3: a line in its log, then the same on stderr.
fn crit(words: &str, code: u32) -> String {
    format!(
        "cat <<'END'\n{{\"lvl\":\"eror\",\"msg\":\"session closing\",\"err\":\"{words}\"}}\n\
         {{\"lvl\":\"crit\",\"msg\":\"command failed\",\"err\":\"{words}\\r\\n\\r\\nERR_NGROK_{code}\\r\\n\"}}\nEND\n\
         printf 'ERROR:  {words}\\nERROR:  \\nERROR:  ERR_NGROK_{code}\\n' >&2\nexit 1\n"
    )
}

#[test]
fn each_code_of_ngrok_has_its_hint() {
    let rows = [
        (
            4018,
            "authentication failed: Usage of ngrok requires a verified account and authtoken.",
            "config add-authtoken",
        ),
        (105, "authentication failed: The authtoken you specified is malformed", "API key is not an authtoken"),
        (106, "authentication failed: The authtoken is of ngrok 1", "API key is not an authtoken"),
        (300, "authentication failed: The authtoken was revoked", "https://dashboard.ngrok.com"),
        (102, "authentication failed: The account is suspended", "https://dashboard.ngrok.com"),
        (120, "authentication failed: Your ngrok-agent version is too old.", "ngrok update"),
        (324, "failed to start tunnel: too many endpoints", "close other tunnels of the same agent"),
        (725, "failed to start tunnel: bandwidth exceeded", "used up until its next month"),
        (4026, "failed to start tunnel: no credit", "https://dashboard.ngrok.com/billing"),
        (
            107,
            "authentication failed: The authtoken you specified is properly formed, but it is invalid",
            "your-authtoken",
        ),
        (
            108,
            "authentication failed: Your account is limited to 3 simultaneous ngrok agent sessions.",
            "ngrok.com/agents",
        ),
        (121, "authentication failed: Your ngrok-agent version is too old.", "ngrok update"),
        (313, "failed to start tunnel: Custom subdomains are a paid feature", "leave --public-url out"),
        (320, "failed to start tunnel: The domain is reserved for another account.", "check the spelling"),
        (15013, "failed to start tunnel: no dev domain", "https://dashboard.ngrok.com/domains"),
        (334, "failed to start tunnel: The endpoint is already online.", "another agent holds this URL"),
        (9999, "failed to start tunnel: something new", "https://ngrok.com/docs/errors"),
    ];
    for (code, words, hint) in rows {
        let world = World::new(Program::with_secret());
        world.fake("ngrok", &crit(words, code));
        let ended = failing(&world, "ngrok", &[]);
        assert_said(&ended, 3, &["ngrok opened no tunnel: ", words, &format!("ERR_NGROK_{code}"), hint]);
        assert!(!ended.err.contains("pooling"), "{}", ended.err);
    }
}

#[test]
fn a_token_in_ngroks_words_is_masked() {
    let token = "2aBcDeFgHiJkLmNoPqRsTuVwXyZ_1234567890abcdefghijkl";
    let words = format!("authentication failed: invalid. Your authtoken: {token}");
    let world = World::new(Program::with_secret().variable("NGROK_AUTHTOKEN", token));
    world.fake("ngrok", &crit(&words, 107));
    let ended = failing(&world, "ngrok", &[]);
    assert_said(&ended, 3, &["Your authtoken: "]);
    assert!(!ended.err.contains(&token[5..]), "{}", ended.err);
    assert!(!world.arguments().contains(token));
}

#[test]
fn control_characters_of_an_agent_are_made_visible() {
    let world = World::new(Program::with_secret());
    world.fake("ngrok", "printf 'ERROR:  \\033]0;owned\\007\\033[2J oops ERR_NGROK_9999\\n' >&2\nexit 1\n");
    let ended = failing(&world, "ngrok", &[]);
    assert_said(&ended, 3, &["oops ERR_NGROK_9999"]);
    assert!(!ended.err.contains(['\u{1b}', '\u{7}']), "{:?}", ended.err);
}

#[test]
fn auto_goes_on_without_a_token_and_says_so() {
    let world = World::new(Program::with_secret());
    world.fake("ngrok", &crit("authentication failed: no token", 4018));
    world.fake("cloudflared", "printf 'failed to parse quick Tunnel ID: invalid UUID length: 0\\n' >&2\nexit 1\n");
    let ended = failing(&world, "auto", &[]);
    assert_said(&ended, 4, &["cloudflared opened no tunnel", "out of order"]);
}

#[test]
fn the_endings_of_cloudflared_are_told_apart() {
    let throttled = "cat >&2 <<'END'\n2026-10-01T10:00:00Z INF Requesting new quick Tunnel on trycloudflare.com...\n\
                     2026-10-01T10:00:01Z ERR Error unmarshaling QuickTunnel response: error code: 1015 error=\"invalid\" \
                     status_code=\"429 Too Many Requests\"\n\
                     failed to unmarshal quick Tunnel: invalid character 'e' looking for beginning of value\nEND\nexit 1\n";
    let unreachable =
        "echo 'failed to request quick Tunnel: Post \"https://api.trycloudflare.com/tunnel\": dial tcp' >&2\nexit 1\n";
    for (script, hint) in [(throttled, "wait some minutes up to an hour"), (unreachable, "is there a network")] {
        let world = World::new(Program::with_secret());
        world.fake("cloudflared", script);
        assert_said(&failing(&world, "cloudflared", &[]), 4, &["cloudflared opened no tunnel: ", hint]);
        let arguments = world.arguments();
        assert!(arguments.contains("--config /dev/null --no-autoupdate --metrics 127.0.0.1:"), "{arguments}");
    }
}

#[test]
fn cloudflared_sees_none_of_the_users_variables_for_it() {
    let world = World::new(Program::with_secret().variable("TUNNEL_TOKEN", "t").variable("NO_AUTOUPDATE", "1"));
    world
        .fake("cloudflared", "echo \"token=$TUNNEL_TOKEN update=$NO_AUTOUPDATE log=$TUNNEL_LOG_OUTPUT\" >&2\nexit 1\n");
    assert_said(&failing(&world, "cloudflared", &[]), 4, &["token= update= log=json"]);
}

#[test]
fn tailscale_without_funnel_shows_the_page_of_consent() {
    let world = World::new(Program::with_secret());
    let consent = "Funnel is not enabled on your tailnet.\nTo enable, visit:\n\n         https://login.tailscale.com/f/funnel?node=n1";
    world.fake("tailscale", &format!("cat <<'END'\n{consent}\nEND\nexit 0\n"));
    let ended = failing(&world, "tailscale", &[]);
    assert_said(&ended, 3, &["https://login.tailscale.com/f/funnel", "open the link above once"]);
    assert!(world.arguments().contains("funnel --yes "), "{}", world.arguments());
}

#[test]
fn devtunnel_without_a_login_is_told_to_log_in() {
    let world = World::new(Program::with_secret());
    world.fake("devtunnel", "echo 'Login required. Use devtunnel user login.'\nexit 1\n");
    assert_said(
        &failing(&world, "devtunnel", &[]),
        3,
        &["devtunnel opened no tunnel: Login required", "user login -g"],
    );
}

#[test]
fn each_failure_of_ssh_has_its_code_and_its_hint() {
    let rows = [
        ("Error: remote port forwarding failed for listen port 9000", 3, "AllowTcpForwarding"),
        ("me@h: Permission denied (publickey).", 3, "authorized_keys"),
        ("Host key verification failed.", 3, "connect once by hand"),
        ("WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!", 3, "find out why before you connect again"),
        ("ssh: connect to host h port 22: Connection timed out", 4, "does a firewall stop ssh?"),
        ("ssh: connect to host h port 22: No route to host", 4, "cannot be reached from here"),
        ("Connection to h closed by remote host.", 4, "the server ended the session"),
        ("ssh: connect to host h port 22: Connection refused", 4, "is the port right?"),
        ("ssh: Could not resolve hostname h: Name or service not known", 4, "check the name"),
    ];
    for (words, code, hint) in rows {
        let world = World::new(Program::with_secret());
        world.fake("ssh", &format!("printf 'debug1: noise\\r\\n{words}\\r\\n' >&2\nexit 255\n"));
        let url = format!("{}/webhook", world.front.url);
        let ended = failing(&world, "ssh:me@h/9000", &["--public-url", &url]);
        assert_said(&ended, code, &[&format!("ssh opened no tunnel: {words}"), hint]);
        assert!(!ended.err.contains("debug1"), "{}", ended.err);
    }
    let world = World::new(Program::with_secret());
    assert_said(&failing(&world, "ssh:me@h/9000", &[]), 3, &["does not know the public URL", "--public-url"]);
}

#[test]
fn somebody_else_at_the_url_is_named_by_the_tunnels_own_code() {
    let rows = [
        ("403 Forbidden\r\nngrok-error-code: ERR_NGROK_3004", "ERR_NGROK_3004", "forwards to another program"),
        ("200 OK\r\nServer: other", "other answered 200", "is the URL right"),
        ("308 Permanent Redirect", "answered 308", "a redirect is not followed"),
    ];
    for (head, part, hint) in rows {
        let world = World::with(Program::with_secret(), Manners::Answering(head));
        world.ngrok();
        assert_said(&failing(&world, "ngrok", &[]), 4, &["does not reach this machine", part, hint]);
    }
}

#[test]
fn a_front_that_needs_a_moment_is_asked_again() {
    let world = World::with(Program::with_secret(), Manners::Late("404 Not Found\r\nngrok-error-code: ERR_NGROK_3200"));
    world.ngrok();
    assert_eq!(world.listen(&["--tunnel", "ngrok"]).ready()["proven"], true);
}
