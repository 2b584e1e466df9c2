//! Programs in a directory that comes first on `PATH`, which say what the real agents say.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;

use tempfile::TempDir;

use crate::support::{Listening, Program};
use crate::tunnels::front::{Front, Manners};

/// A program whose world has fake agents, and a front that they lead to.
pub(crate) struct World {
    pub(crate) program: Program,
    pub(crate) front: Front,
    pub(crate) directory: Arc<TempDir>,
}

/// What a fake begins with: it notes its arguments, and says to which port the front leads from now on.
const NOTE: &str = "echo \"$@\" >> \"$FAKES/arguments\"\n";

/// What a fake ends with that runs until it is asked to end.
const STAY: &str = "trap 'exit 0' TERM INT\nsleep 3600 & wait\n";

impl World {
    pub(crate) fn new(program: Program) -> Self {
        Self::with(program, Manners::Honest)
    }

    pub(crate) fn with(program: Program, manners: Manners) -> Self {
        let directory = Arc::new(TempDir::new().unwrap());
        let front = Front::start(directory.path(), manners);
        front.follow(&directory.path().join("port"));
        // Only what the scripts need: no agent of the machine's own must be found.
        let tools = directory.path().join("bin");
        fs::create_dir(&tools).unwrap();
        for tool in ["sh", "sleep", "cat"] {
            let found = ["/bin", "/usr/bin"].iter().map(|place| Path::new(place).join(tool)).find(|path| path.exists());
            std::os::unix::fs::symlink(found.unwrap(), tools.join(tool)).unwrap();
        }
        let program = program
            .variable("PATH", tools.to_str().unwrap())
            .variable("FAKES", directory.path().to_str().unwrap())
            .variable("FRONT", &front.url);
        Self { program, front, directory }
    }

    /// The path of a file that fakes use.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The file with the certificate of the front.
    pub(crate) fn ca_file(&self) -> &str {
        self.front.ca_file.to_str().unwrap()
    }

    /// Puts a script on `PATH`.
    pub(crate) fn fake(&self, name: &str, script: &str) -> &Self {
        use std::os::unix::fs::PermissionsExt;

        let file = self.file("bin").join(name);
        fs::write(&file, format!("#!/bin/sh\n{NOTE}{script}")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// Puts an ngrok on `PATH` that opens a tunnel to the front.
    pub(crate) fn ngrok(&self) -> &Self {
        self.fake("ngrok", &ngrok(STAY))
    }

    /// The arguments of each start of a fake, a line each.
    pub(crate) fn arguments(&self) -> String {
        fs::read_to_string(self.file("arguments")).unwrap_or_default()
    }

    /// The arguments of `listen` that trust the front, with more.
    pub(crate) fn listen_arguments<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        // Nobody listens there, so that an agent of the machine's own is not found.
        let ours = ["--tunnel-api", "127.0.0.1:1", "--ca-file", self.ca_file()];
        arguments.iter().copied().chain(ours).collect()
    }

    #[track_caller]
    pub(crate) fn listen(&self, arguments: &[&str]) -> Listening {
        self.listen_at(0, &self.listen_arguments(arguments))
    }

    /// Listens at this port, with exactly these options.
    #[track_caller]
    pub(crate) fn listen_at(&self, port: u16, arguments: &[&str]) -> Listening {
        let port = port.to_string();
        let all: Vec<&str> = ["listen", "--format", "json", "--port", &port].iter().chain(arguments).copied().collect();
        Listening::start(self.program.command(&all), Arc::clone(&self.program.home))
    }
}

/// A script of ngrok that opens a tunnel to the front, and then does this.
pub(crate) fn ngrok(then: &str) -> String {
    format!(
        "echo \"$2\" > \"$FAKES/port\"\n\
         printf '{{\"lvl\":\"info\",\"msg\":\"no configuration paths supplied\",\"err\":\"\\\\u003cnil\\\\u003e\"}}\\n{{\"lvl\":\"info\",'\n\
         printf '\"msg\":\"client session established\",\"obj\":\"csess\"}}\\n{{\"addr\":{{\"Scheme\":\"http\"}},\"lvl\":\"info\",\"msg\":'\n\
         printf '\"started tunnel\",\"name\":\"command_line\",\"obj\":\"tunnels\",\"url\":\"%s\"}}\\n' \"$FRONT\"\n\
         {then}"
    )
}

/// A script that stays until it is asked to end.
pub(crate) const fn stay() -> &'static str {
    STAY
}

/// A port that is free at this moment, for a listener whose port has to be known beforehand.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A pipe that ends when the last process that holds it for writing is gone.
pub(crate) struct Lifeline {
    ended: std::sync::mpsc::Receiver<String>,
}

impl Lifeline {
    /// Makes the pipe, and waits for its end from now on.
    pub(crate) fn at(pipe: &Path) -> Self {
        assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
        let pipe = pipe.to_owned();
        let (sender, ended) = std::sync::mpsc::channel();
        thread::spawn(move || {
            // Opening waits for the first writer.
            let mut said = String::new();
            fs::File::open(pipe).unwrap().read_to_string(&mut said).unwrap();
            let _ = sender.send(said);
        });
        Self { ended }
    }

    /// Waits until nobody holds the pipe any more, and returns what was written to it.
    #[track_caller]
    pub(crate) fn wait(&self) -> String {
        self.ended.recv_timeout(crate::support::PATIENCE).expect("a process is still there")
    }
}
