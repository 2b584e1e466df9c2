//! A server that answers as a test wants, and remembers what it was asked.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The server.
pub(crate) struct Fake {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// Serves requests one after another on each connection. `answer` is given the first line of each, such as
    /// `GET /v1/account HTTP/1.1`, and gives a whole answer; nothing hangs up.
    pub(crate) fn start(answer: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self::start_and_tell_where(move |_, line| answer(line))
    }

    /// The same, with its own URL before the first line.
    pub(crate) fn start_and_tell_where(answer: impl Fn(&str, &str) -> Option<String> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let own = url.clone();
        let answer = move |line: &str| answer(&own, line);
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let (answer, notes) = (Arc::new(answer), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (answer, notes) = (Arc::clone(&answer), Arc::clone(&notes));
                thread::spawn(move || serve(stream, &*answer, &notes));
            }
        });
        Self { url, asked }
    }

    /// The heads of all requests, in the order in which they came.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// An answer in JSON.
pub(crate) fn json(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
}

fn serve(mut stream: TcpStream, answer: &(dyn Fn(&str) -> Option<String> + Send + Sync), notes: &Mutex<Vec<String>>) {
    while let Some(head) = read_request(&mut stream) {
        let line = head.lines().next().unwrap_or_default().to_owned();
        notes.lock().unwrap().push(head);
        match answer(&line) {
            // An upload is answered before it is read, and never read: its sender must cope with that.
            Some(answer) if line.starts_with("PUT ") => {
                stream.write_all(answer.as_bytes()).unwrap();
                return std::mem::forget(stream);
            }
            Some(answer) if stream.write_all(answer.as_bytes()).is_ok() => {}
            _ => return,
        }
    }
}

/// Reads one request, and gives its head.
fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    let end = loop {
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        let mut piece = [0; 1024];
        let count = stream.read(&mut piece).ok().filter(|count| *count > 0)?;
        read.extend_from_slice(&piece[..count]);
    };
    let head = String::from_utf8_lossy(&read[..end]).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
    });
    if head.starts_with("PUT ") {
        return Some(head);
    }
    let mut missing = vec![0; length.unwrap_or(0usize).saturating_sub(read.len() - end)];
    stream.read_exact(&mut missing).ok()?;
    Some(head)
}
