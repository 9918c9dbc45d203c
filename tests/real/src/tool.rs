//! Programs that run and end.

use std::{
    ffi::OsStr,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A program to run with a home of its own, so that no settings of the machine reach it.
#[derive(Debug)]
pub struct Tool {
    path: PathBuf,
    home: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// What a program said, and whether it ended well.
#[derive(Debug, Clone)]
pub struct Output {
    /// Whether its exit code is 0.
    pub success: bool,
    /// Its exit code, unless a signal ended it.
    pub code: Option<i32>,
    /// What it printed as data.
    pub stdout: String,
    /// What it said to a person.
    pub stderr: String,
}

impl Tool {
    /// Takes the tool that `cargo xtask tools` built under this name.
    ///
    /// # Panics
    ///
    /// When the suite was started without the tools.
    pub fn built(name: &str) -> Self {
        Self::at(Path::new(&told("WHARF_TEST_TOOLS")).join(name))
    }

    /// Takes a program by its path.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn at(path: PathBuf) -> Self {
        assert!(path.is_file(), "`{}` is not there", path.display());
        let home = tempfile::tempdir().expect("a folder can be made");
        Self { path, home, variables: Vec::new() }
    }

    /// Sets a variable for every run.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// The folder that the program takes for the user's home.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A command of this program, to be started otherwise than by [`Tool::run`].
    pub fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(arguments).current_dir(self.home()).env("HOME", self.home());
        command.env_remove("XDG_CONFIG_HOME").env_remove("DOCKER_CONFIG").env_remove("KUBECONFIG");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs the program and waits for its end, however it ends.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    pub fn attempt<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Output {
        self.feed(arguments, b"")
    }

    /// As [`Tool::attempt`], with something on its stdin.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    pub fn feed<A: AsRef<OsStr>>(&self, arguments: &[A], stdin: &[u8]) -> Output {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut pipe = child.stdin.take().expect("stdin was asked for as a pipe");
        let bytes = stdin.to_owned();
        // A program may end without reading its stdin, which is its right.
        let writer = std::thread::spawn(move || pipe.write_all(&bytes).is_ok());
        let output = child.wait_with_output().expect("the program can be waited for");
        writer.join().expect("the writer does not panic");
        Output {
            success: output.status.success(),
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs the program and returns what it printed, without the last line end.
    ///
    /// # Panics
    ///
    /// When it fails.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> String {
        let output = self.attempt(arguments);
        let shown: Vec<_> = arguments.iter().map(|text| text.as_ref().to_string_lossy()).collect();
        assert!(
            output.success,
            "`{} {}` failed:\n{}{}",
            self.path.display(),
            shown.join(" "),
            output.stdout,
            output.stderr
        );
        output.stdout.trim_end().to_owned()
    }
}

/// Finds a program of the machine.
///
/// # Panics
///
/// When it is not on the `PATH`.
pub fn program(names: &[&str]) -> PathBuf {
    let path = told("PATH");
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut files = names.iter().flat_map(|name| folders.iter().map(move |at| at.join(name)));
    let found = files.find(|file| file.is_file());
    assert!(found.is_some(), "none of {names:?} is on the PATH");
    found.unwrap_or_default()
}

/// The wharf that is being tested.
///
/// # Panics
///
/// When the suite was started without it.
pub fn wharf() -> Tool {
    Tool::at(PathBuf::from(told("WHARF_TEST_BINARY")))
}

/// The kubeconfig of the real API server.
///
/// # Panics
///
/// When the suite was started without one.
pub fn kubeconfig() -> PathBuf {
    PathBuf::from(told("WHARF_TEST_KUBECONFIG"))
}

/// What `cargo xtask test` tells the suite.
#[expect(clippy::disallowed_methods, reason = "the one place where the suite is told its parts")]
fn told(name: &str) -> String {
    let told = std::env::var(name).unwrap_or_default();
    assert!(!told.is_empty(), "`{name}` is not set: run `cargo xtask test`");
    told
}
