//! One case: a folder, its commands, and what they say.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Every folder that holds a `cmd`, sorted.
pub(crate) fn discover(root: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.join("cmd").is_file() {
                found.push(path);
            } else if path.is_dir() {
                folders.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Runs a case and compares; the error is what a person needs to see.
pub(crate) fn check(folder: &Path) -> Result<(), String> {
    let registry = Registry::start();
    let work = tempfile::tempdir().unwrap();
    copy(&folder.join("in"), work.path());
    let commands = std::fs::read_to_string(folder.join("cmd")).unwrap();
    let mut said = String::new();
    for line in commands.lines().filter(|line| !line.is_empty()) {
        let output = run(work.path(), &registry.host, line);
        writeln!(said, "$ {line}").unwrap();
        tell(&mut said, &output);
    }
    let said = said.replace(&registry.host, "$REGISTRY");
    let said = without_clock(&said);
    let said = said.replace(&work.path().display().to_string(), "$FOLDER");
    let file = folder.join("out");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&file, said).unwrap();
        return Ok(());
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    if expected == said {
        return Ok(());
    }
    Err(format!("{}\n--- expected\n{expected}\n--- said\n{said}", folder.display()))
}

/// A line is `wharf …`, or any other command of a POSIX shell; files are made and changed that way.
fn run(work: &Path, registry: &str, line: &str) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_wharf")).parent().unwrap();
    Command::new("sh")
        .args(["-c", line])
        .current_dir(work)
        .env_clear()
        .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", program.display()))
        .env("HOME", work)
        .env("USER", "olu")
        .env("EXAMPLES", Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples"))
        .envs(["AUTHOR", "COMMITTER"].into_iter().flat_map(identity))
        .env("REGISTRY", registry)
        .output()
        .unwrap()
}

/// Commits of a case have the same digest everywhere.
fn identity(role: &str) -> [(String, &'static str); 3] {
    [
        (format!("GIT_{role}_NAME"), "Ana"),
        (format!("GIT_{role}_EMAIL"), "ana@acme.example"),
        (format!("GIT_{role}_DATE"), "2026-11-20T14:05:00Z"),
    ]
}

fn tell(said: &mut String, output: &Output) {
    said.push_str(&String::from_utf8_lossy(&output.stdout));
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        writeln!(said, "! {}", without_time(line)).unwrap();
    }
    match output.status.code() {
        Some(0) => {}
        code => writeln!(said, "exit {}", code.unwrap_or(-1)).unwrap(),
    }
}

/// How long a step took is the one thing that differs from run to run.
fn without_time(line: &str) -> String {
    match line.rsplit_once(" in ") {
        Some((what, time)) if line.starts_with('✔') && time.ends_with(" s") => what.to_owned(),
        _ => line.to_owned(),
    }
}

/// Moves carry the time at which they were made, and their records a ULID: `2026-11-20 14:05:00` becomes
/// as many letters.
fn without_clock(said: &str) -> String {
    let shape = |bytes: &[u8]| -> Vec<u8> {
        bytes.iter().map(|b| if b.is_ascii_digit() { b'0' } else { *b }).collect()
    };
    let mut text = said.as_bytes().to_vec();
    for at in 0..text.len().saturating_sub(18) {
        let is_commit_time = text[at..].starts_with(b"2026-11-20");
        if shape(&text[at..at + 19]) == b"0000-00-00 00:00:00" && !is_commit_time {
            text[at..at + 19].copy_from_slice(b"YYYY-MM-DD hh:mm:ss");
        }
    }
    let text = String::from_utf8(text).unwrap();
    let mut parts = text.split(".move-");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| text + ".move-ULID" + part.get(26..).unwrap_or_default())
}

fn copy(from: &Path, to: &Path) {
    let Ok(entries) = std::fs::read_dir(from) else { return };
    std::fs::create_dir_all(to).unwrap();
    for entry in entries {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// An embedded registry on a free port, for one case.
struct Registry {
    host: String,
    _runtime: tokio::runtime::Runtime,
}

impl Registry {
    fn start() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let store = std::sync::Arc::new(registry::Store::memory());
        runtime.spawn(registry_server::serve(listener, store));
        Self { host, _runtime: runtime }
    }
}
