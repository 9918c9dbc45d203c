//! Programs that serve until they are stopped.

use std::{
    fs::{self, File},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A server on loopback; it is killed and its folder removed when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Server {
    /// Starts a server and waits until it accepts connections.
    ///
    /// `command` is given a free port and an empty folder; what the server says goes to `log` there.
    ///
    /// # Panics
    ///
    /// When it has not accepted a connection after 20 seconds, with what it said.
    pub fn start(command: impl FnOnce(u16, &Path) -> Command) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let port = free_port();
        let log = File::create(folder.path().join("log")).expect("a file can be made");
        let errors = log.try_clone().expect("a file can be shared");
        let mut command = command(port, folder.path());
        command.stdin(Stdio::null()).stdout(log).stderr(errors);
        let child = command.spawn().expect("the server starts");
        let server = Self { child, port, folder };
        server.wait();
        server
    }

    /// `127.0.0.1:port`, as it stands in references.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The server's folder.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn wait(&self) {
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let log = self.folder.path().join("log");
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "the server does not answer:\n{}",
                fs::read_to_string(log).unwrap_or_default()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A server that has ended by itself needs no killing.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A port of loopback that nobody listened on a moment ago.
///
/// # Panics
///
/// When loopback has none left.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("a listener has an address").port()
}
