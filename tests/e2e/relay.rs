//! A tunnel in small: takes connections at a port of its own, and passes their bytes on to another that may become known
//! only later.

use std::io::{Read, Write, copy};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// The tunnel. What comes before it leads anywhere waits.
pub(crate) struct Relay {
    pub(crate) url: String,
    target: Arc<(Mutex<Option<u16>>, Condvar)>,
}

impl Relay {
    pub(crate) fn start() -> Self {
        Self::with(|bytes| bytes)
    }

    /// One that does not leave what it carries as it is: every `{` becomes `[`.
    pub(crate) fn altering() -> Self {
        Self::with(|bytes| bytes.into_iter().map(|byte| if byte == b'{' { b'[' } else { byte }).collect())
    }

    fn with(change: fn(Vec<u8>) -> Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/webhook", listener.local_addr().unwrap());
        let target = Arc::new((Mutex::new(None), Condvar::new()));
        let known = Arc::clone(&target);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let known = Arc::clone(&known);
                thread::spawn(move || pass_on(&stream, &known, change));
            }
        });
        Self { url, target }
    }

    /// From now on it leads to this port.
    pub(crate) fn lead_to(&self, port: u16) {
        let (target, changed) = &*self.target;
        *target.lock().unwrap() = Some(port);
        changed.notify_all();
    }
}

fn pass_on(near: &TcpStream, (target, changed): &(Mutex<Option<u16>>, Condvar), change: fn(Vec<u8>) -> Vec<u8>) {
    let port = changed.wait_while(target.lock().unwrap(), |port| port.is_none()).unwrap().unwrap();
    let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else { return };
    let (mut from_near, mut to_far) = (near.try_clone().unwrap(), far.try_clone().unwrap());
    thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(count) = from_near.read(&mut piece)
            && count > 0
            && to_far.write_all(&change(piece[..count].to_vec())).is_ok()
        {}
        let _ = to_far.shutdown(Shutdown::Write);
    });
    let (mut from_far, mut to_near) = (far, near.try_clone().unwrap());
    let _ = copy(&mut from_far, &mut to_near);
    let _ = near.shutdown(Shutdown::Both);
}
