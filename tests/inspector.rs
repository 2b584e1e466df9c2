//! The inspector over loopback: who is answered, what the API says, and that it follows the journal.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::support::{Listening, PATIENCE, Program, status};

const BODY: &[u8] =
    br#"{"type":"video.completed","payload":{"id":"clx1","status":"complete","big":12345678901234567890}}"#;

/// The inspector of a program, as its link says.
pub(crate) struct Page {
    port: u16,
    token: String,
}

impl Page {
    #[track_caller]
    pub(crate) fn of(link: &Value) -> Self {
        let link = link.as_str().unwrap();
        let (base, token) = link.split_once("/#token=").unwrap();
        let port = base.strip_prefix("http://localhost:").unwrap().parse().unwrap();
        assert_eq!(token.len(), 64, "{link}");
        Self { port, token: token.to_owned() }
    }

    /// A request as bytes, with the right headers and these.
    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let host = format!("localhost:{}", self.port);
        let bearer = format!("Bearer {}", self.token);
        let usual = [("host", host.as_str()), ("authorization", bearer.as_str())];
        let usual = usual.into_iter().filter(|(name, _)| headers.iter().all(|(other, _)| other != name));
        write!(stream, "{method} {path} HTTP/1.1\r\nconnection: close\r\n").unwrap();
        for (name, value) in usual.chain(headers.iter().copied()).filter(|(_, value)| !value.is_empty()) {
            write!(stream, "{name}: {value}\r\n").unwrap();
        }
        write!(stream, "content-length: {}\r\n\r\n{body}", body.len()).unwrap();
        stream
    }

    fn answer(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
        let mut answer = Vec::new();
        let _ = self.send(method, path, headers, body).read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[track_caller]
    fn json(answer: &str) -> Value {
        assert_eq!(status(answer), 200, "{answer}");
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Value {
        Self::json(&self.answer("GET", path, &[], ""))
    }

    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        Self::json(&self.answer("POST", path, &[], &body.to_string()))
    }
}

/// A listener with an inspector.
fn inspected(program: &Program, arguments: &[&str]) -> (Listening, Page) {
    let arguments: Vec<&str> = ["--ui"].iter().chain(arguments).copied().collect();
    let listening = program.listen(&arguments);
    let page = Page::of(&listening.ready["ui"]);
    (listening, page)
}

#[test]
fn the_page_is_answered_with_its_protections_and_without_the_token() {
    let (_listening, page) = inspected(&Program::with_secret(), &[]);
    let answer = page.answer("GET", "/", &[("authorization", "")], "");
    assert_eq!(status(&answer), 200);
    for part in
        ["default-src 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "nosniff", "no-referrer"]
    {
        assert!(answer.contains(part), "{part}: {answer}");
    }
    assert!(!answer.contains("unsafe") && !answer.contains(&page.token) && !answer.contains("set-cookie"), "{answer}");
    assert!(!answer.to_lowercase().contains("access-control"), "{answer}");
    for path in ["/assets/../Cargo.toml", "/assets/", "/assets/%2e%2e/x", "/index.html", "/favicon.ico"] {
        assert_ne!(status(&page.answer("GET", path, &[("authorization", "")], "")), 200, "{path}");
    }
}

#[test]
fn strangers_are_refused() {
    let (_listening, page) = inspected(&Program::with_secret(), &[]);
    let other = format!("localhost:{}", page.port + 1);
    let cases: [(&str, &str, u16); 9] = [
        ("authorization", "", 401),
        ("authorization", "Bearer 0000", 401),
        ("host", "evil.example", 421),
        ("host", &other, 421),
        ("origin", "http://localhost:3000", 403),
        ("origin", "null", 403),
        ("sec-fetch-site", "same-site", 403),
        ("sec-fetch-site", "cross-site", 403),
        ("x-forwarded-for", "203.0.113.9", 403),
    ];
    for (name, value, expected) in cases {
        for (method, path) in
            [("GET", "/api/state"), ("GET", "/api/deliveries"), ("POST", "/api/send"), ("POST", "/api/e2e")]
        {
            let answer = page.answer(method, path, &[(name, value)], "");
            assert_eq!(status(&answer), expected, "{method} {path} with {name}: {value}");
            assert!(!answer.contains("mhw_"), "{answer}");
        }
    }
}

#[test]
fn deliveries_are_listed_filtered_and_shown_exactly() {
    let (mut listening, page) = inspected(&Program::with_secret(), &[]);
    listening.post_signed(&[], BODY);
    listening.post(&[], br#"{"type":"image.started","payload":{"id":"clx2"}}"#);
    listening.record();
    listening.record();
    let list = page.get("/api/deliveries");
    let ids =
        |list: &Value| list["deliveries"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&list), [json!(2), json!(1)]);
    assert_eq!(list["deliveries"][0]["verdict"], "invalid");
    assert_eq!(list["deliveries"][1]["size"], BODY.len());
    assert_eq!(ids(&page.get("/api/deliveries?type=video.*")), [json!(1)]);
    assert_eq!(ids(&page.get("/api/deliveries?verdict=invalid&job=clx2")), [json!(2)]);
    assert_eq!(ids(&page.get("/api/deliveries?search=COMPLETE")), [json!(1)]);
    assert_eq!(ids(&page.get("/api/deliveries?since=1h&limit=1")), [json!(2)]);
    let next = page.get("/api/deliveries?limit=1")["next"].as_str().unwrap().to_owned();
    assert_eq!(ids(&page.get(&format!("/api/deliveries?limit=1&before={next}"))), [json!(1)]);
    assert_eq!((&list["total"], &page.get("/api/deliveries?limit=1&count=true")["total"]), (&json!(null), &json!(2)));
    let newer = page.get(&format!(
        "/api/deliveries?limit=1&count=true&after={}",
        list["deliveries"][1]["cursor"].as_str().unwrap()
    ));
    assert_eq!((ids(&newer), &newer["total"], &newer["more"]), (vec![json!(2)], &json!(1), &json!(false)));
    let shown = page.get("/api/deliveries/1");
    assert_eq!(shown["body"], str::from_utf8(BODY).unwrap());
    assert_eq!(shown["judgement"]["signature"], shown["judgement"]["expected_signature"]);
    assert!(page.answer("GET", "/api/deliveries/1", &[], "").contains("12345678901234567890"));
    let body = page.answer("GET", "/api/deliveries/1/body", &[], "");
    assert!(
        body.contains("application/octet-stream") && body.contains("attachment") && body.contains("sandbox"),
        "{body}"
    );
    assert!(body.as_bytes().ends_with(BODY));
    assert_eq!(page.get("/api/jobs/clx1")["deliveries"][0]["id"], 1);
    assert_eq!(status(&page.answer("GET", "/api/deliveries/9", &[], "")), 404);
    assert_eq!(status(&page.answer("GET", "/api/deliveries?colour=red", &[], "")), 400);
}

#[test]
fn the_stream_tells_how_far_the_journal_is() {
    let (listening, page) = inspected(&Program::with_secret(), &[]);
    let mut lines = BufReader::new(page.send("GET", "/api/stream", &[], "")).lines().map(Result::unwrap);
    let mut until = |deliveries: u64| {
        let mut heads = lines.by_ref().filter_map(|line| line.strip_prefix("data: ").map(str::to_owned));
        heads.find(|head| serde_json::from_str::<Value>(head).unwrap()["deliveries"] == deliveries).unwrap()
    };
    until(0);
    listening.post_signed(&[], BODY);
    until(1);
    listening.post_signed(&[], BODY);
    until(2);
}

#[test]
fn an_end_to_end_run_is_started_from_the_page_in_a_sandbox_alone() {
    let (_listening, page) = inspected(&Program::with_secret(), &[]);
    assert_eq!(page.get("/api/e2e")["state"], "idle");
    for (body, expected) in [
        (json!({ "tool": "nonsense" }), 404),
        (json!({ "tool": "ai-image-generator", "forward": "https://example.com/" }), 400),
        (json!({ "tool": "ai-image-generator", "live": true }), 400),
    ] {
        assert_eq!(status(&page.answer("POST", "/api/e2e", &[], &body.to_string())), expected, "{body}");
    }
    let mut lines = BufReader::new(page.send("GET", "/api/stream", &[], "")).lines().map(Result::unwrap);
    let order = json!({ "tool": "ai-image-generator", "keep": true });
    assert_eq!(page.post("/api/e2e", &order)["state"], "running");
    assert_eq!(status(&page.answer("POST", "/api/e2e", &[], &order.to_string())), 409);
    let run = loop {
        assert!(lines.any(|line| line.starts_with("data: ")));
        let run = page.get("/api/e2e");
        if run["state"] == "done" {
            break run;
        }
    };
    let entries = run["entries"].as_array().unwrap();
    let of = |name: &str| entries.iter().filter(|entry| entry["record"] == name).collect::<Vec<_>>();
    let failed = of("judgement").into_iter().find(|judgement| judgement["outcome"] == "fail");
    assert!(failed.is_none() && of("judgement").len() >= 12, "{run}");
    assert_eq!(of("summary")[0]["error"], json!(null));
    let job = of("job")[0]["job_id"].as_str().unwrap();
    let kept = page.get(&format!("/api/deliveries?job={job}"));
    assert_eq!(kept["deliveries"][0]["verdict"], "verified", "{kept}");
    assert_eq!(page.post("/api/e2e/stop", &json!({}))["state"], "done");
}

#[test]
fn a_delivery_is_sent_again_edited_and_broken_on_purpose() {
    let (mut listening, page) = inspected(&Program::with_secret(), &[]);
    listening.post_signed(&[], BODY);
    listening.record();
    let url = listening.url.clone();
    let made = page.post("/api/deliveries/1/replay", &json!({ "to": url, "sign": true }));
    assert_eq!((&made["attempt"]["answered"], &made["attempt"]["origin"]), (&json!(200), &json!("replay")));
    assert_eq!(listening.record()["verdict"], "verified");
    let edited = json!({ "to": url, "sign": true, "body": "{\"type\":\"x\"}", "headers": [["x-own", "1"]] });
    page.post("/api/deliveries/1/replay", &edited);
    let record = listening.record();
    assert_eq!((&record["body"], &record["verdict"]), (&json!("{\"type\":\"x\"}"), &json!("verified")));
    assert!(record["headers"].to_string().contains("x-own"), "{record}");
    let faulty = json!({ "to": url, "sign": true, "faults": ["tampered-body"] });
    assert_eq!(page.post("/api/deliveries/1/replay", &faulty)["attempt"]["answered"], 401);
    let answers = page.get("/api/deliveries/1/answers");
    assert_eq!(answers["attempts"].as_array().unwrap().len(), 3, "{answers}");
    let elsewhere = json!({ "to": "https://example.com/", "sign": true }).to_string();
    let refused = page.answer("POST", "/api/deliveries/1/replay", &[], &elsewhere);
    assert!(status(&refused) == 400 && refused.contains("another machine"), "{refused}");
}

#[test]
fn a_sample_can_be_sent_and_the_journal_alone_can_be_shown() {
    let program = Program::with_secret();
    let (mut listening, page) = inspected(&program, &[]);
    page.post("/api/send", &json!({ "to": listening.url, "type": "audio.errored" }));
    assert_eq!(listening.record()["type"], "audio.errored");
    listening.stop();
    let command = program.command(&["ui", "--format", "json"]);
    let alone = Listening::start(command, std::sync::Arc::clone(&program.home));
    let page = Page::of(&alone.ready["ui"]);
    assert_eq!(page.get("/api/deliveries")["deliveries"][0]["type"], "audio.errored");
    assert_eq!(alone.stop().code, 0);
}

#[test]
fn the_page_is_off_where_it_would_be_reached_or_has_nothing_to_show() {
    let program = Program::with_secret();
    let exposed = program.run(&["listen", "--port", "0", "--ui", "--bind", "0.0.0.0"]);
    assert!(exposed.code == 2 && exposed.err.contains("--ui is off"), "{}", exposed.err);
    let forgetful = program.run(&["listen", "--port", "0", "--ui", "--no-journal"]);
    assert!(forgetful.code == 2 && forgetful.err.contains("--no-journal"), "{}", forgetful.err);
}
