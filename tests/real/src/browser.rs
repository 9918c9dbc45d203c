//! A real browser without a screen, driven over its debugging protocol.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::tool::program;

/// How long a page may take to follow another.
const BETWEEN_PAGES: Duration = Duration::from_secs(5);

/// How often something is looked for again.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A page in headless Chromium; the browser ends when this is dropped.
#[derive(Debug)]
pub struct Browser {
    child: Child,
    socket: TcpStream,
    calls: u64,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Opens an address in a new browser.
    ///
    /// # Panics
    ///
    /// When there is no Chromium, or it does not open the page.
    pub fn open(address: &str) -> Self {
        let profile = tempfile::tempdir().expect("a folder can be made");
        let mut command = Command::new(program(&["chromium", "chromium-browser"]));
        command.args(["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]);
        command.arg(format!("--user-data-dir={}", profile.path().display())).arg("about:blank");
        let mut child = command.stderr(Stdio::piped()).spawn().expect("Chromium starts");
        let stderr = child.stderr.take().expect("stderr was asked for as a pipe");
        let host = debugger(BufReader::new(stderr));
        let page = new_page(&host, address);
        let url = page["webSocketDebuggerUrl"].as_str().expect("a page can be debugged");
        let path = url.split_once(&*host).map(|(_, path)| path).expect("the page's path");
        let socket = upgrade(&host, path);
        Self { child, socket, calls: 0, _profile: profile }
    }

    /// Evaluates an expression in the page; when there is no page, answers the browser's error.
    ///
    /// # Panics
    ///
    /// When the page throws.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let parameters =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let start = Instant::now();
        let answer = loop {
            match self.call("Runtime.evaluate", &parameters) {
                Ok(answer) => break answer,
                // Between two pages there is nothing to evaluate in.
                Err(_) if start.elapsed() < BETWEEN_PAGES => thread::sleep(LOOK_AGAIN),
                Err(error) => return error,
            }
        };
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer:#}");
        answer["result"]["value"].clone()
    }

    /// The text that a person sees.
    pub fn text(&mut self) -> String {
        let text = self.evaluate("document.body ? document.body.innerText : ''");
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits, without reloading, until the page shows what `is_shown` looks for; returns its text.
    ///
    /// # Panics
    ///
    /// When it does not within the patience, with what it shows instead.
    pub fn wait_for(&mut self, patience: Duration, is_shown: impl Fn(&str) -> bool) -> String {
        let start = Instant::now();
        loop {
            let text = self.text();
            if is_shown(&text) {
                return text;
            }
            assert!(start.elapsed() < patience, "after {patience:?} the page shows:\n{text}");
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// Calls a method of the debugging protocol and waits for its answer.
    fn call(&mut self, method: &str, parameters: &Value) -> Result<Value, Value> {
        self.calls += 1;
        let call = json!({ "id": self.calls, "method": method, "params": parameters });
        send(&mut self.socket, call.to_string().as_bytes());
        loop {
            let message: Value =
                serde_json::from_slice(&receive(&mut self.socket)).expect("the browser sends JSON");
            if message["id"] == self.calls {
                let error = &message["error"];
                return if error.is_null() {
                    Ok(message["result"].clone())
                } else {
                    Err(error.clone())
                };
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What a server sends for an address, before any script runs.
///
/// # Panics
///
/// When it does not answer.
pub fn fetch(address: &str) -> String {
    let rest = address.strip_prefix("http://").expect("an address of a page");
    let (host, path) = rest.split_once('/').expect("an address has a path");
    let mut socket = TcpStream::connect(host).expect("the server listens");
    // HTTP 1.0 has neither chunks nor a next request.
    let request = format!("GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n");
    socket.write_all(request.as_bytes()).expect("the server reads");
    let mut page = String::new();
    socket.read_to_string(&mut page).expect("the server answers text");
    page
}

/// Reads where the browser can be debugged, and keeps reading so that it never waits.
fn debugger(stderr: BufReader<impl std::io::Read + Send + 'static>) -> String {
    let mut lines = stderr.lines();
    let address = lines
        .by_ref()
        .filter_map(Result::ok)
        .find_map(|line| line.split_once("ws://").map(|(_, rest)| rest.to_owned()))
        .expect("Chromium says where it listens");
    thread::spawn(move || lines.for_each(drop));
    address.split('/').next().unwrap_or_default().to_owned()
}

/// Opens a page; answers what the browser says about it.
fn new_page(host: &str, address: &str) -> Value {
    let mut socket = TcpStream::connect(host).expect("the browser listens");
    let request =
        format!("PUT /json/new?{address} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).expect("the browser reads");
    let mut reader = BufReader::new(socket);
    let length = headers(&mut reader);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the browser answers");
    serde_json::from_slice(&body).expect("the browser answers JSON")
}

/// Turns a connection into a web socket.
///
/// # Source
///
/// RFC 6455, section 4.1; the key may be any 16 bytes.
fn upgrade(host: &str, path: &str) -> TcpStream {
    let mut socket = TcpStream::connect(host).expect("the browser listens");
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).expect("the browser reads");
    // One byte at a time, so that nothing of the first frame is taken.
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        socket.read_exact(&mut byte).expect("the browser answers");
        answer.push(byte[0]);
    }
    assert!(answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
    socket
}

/// Reads the head of an answer; returns the length of its body.
fn headers(reader: &mut impl std::io::BufRead) -> usize {
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("the browser answers");
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            return length;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length is a number");
        }
    }
}

/// Sends a text frame; a client's frame is masked, and a mask of zeros is one.
fn send(socket: &mut TcpStream, text: &[u8]) {
    let length = u32::try_from(text.len()).expect("a short message");
    let head = [&[0x81, 0xff, 0, 0, 0, 0][..], &length.to_be_bytes(), &[0; 4]].concat();
    socket.write_all(&[&head, text].concat()).expect("the browser reads");
}

/// Receives a whole message, whatever its frames.
fn receive(socket: &mut TcpStream) -> Vec<u8> {
    let mut message = Vec::new();
    loop {
        let [first, second] = read(socket);
        let length = match second & 0x7f {
            126 => u64::from(u16::from_be_bytes(read(socket))),
            127 => u64::from_be_bytes(read(socket)),
            short => u64::from(short),
        };
        let start = message.len();
        message.resize(start + usize::try_from(length).expect("a message fits in memory"), 0);
        socket.read_exact(&mut message[start..]).expect("the browser sends");
        let is_control = first & 0x08 != 0;
        if is_control {
            message.truncate(start);
        } else if first & 0x80 != 0 {
            return message;
        }
    }
}

fn read<const N: usize>(socket: &mut TcpStream) -> [u8; N] {
    let mut bytes = [0; N];
    socket.read_exact(&mut bytes).expect("the browser sends");
    bytes
}
