//! `wharf demo`, kept up after its story for others to look at.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use wharf_real_tests::{Tool, wharf};

/// A running demo, and where it says its parts are.
pub(crate) struct Demo {
    child: Child,
    pub(crate) dashboard: String,
    pub(crate) registry: String,
    pub(crate) kubeconfig: String,
    _wharf: Tool,
}

impl Demo {
    /// Plays the story and waits for its end.
    pub(crate) fn play() -> Self {
        let wharf = wharf();
        let mut child = wharf.command(&["demo"]).stdout(Stdio::piped()).spawn().expect("a start");
        let stdout = child.stdout.take().expect("stdout was asked for as a pipe");
        let mut told = String::new();
        for line in BufReader::new(stdout).lines() {
            let line = line.expect("the demo prints text");
            told = told + &line + "\n";
            if line.contains("Ctrl-C ends it") {
                break;
            }
        }
        let (_, farewell) = told.rsplit_once("It stays up").unwrap_or(("", &told));
        let after = |mark: &str, end: char| {
            let rest = farewell.split_once(mark).map(|(_, rest)| rest);
            let found = rest.and_then(|rest| rest.split([end, ' ', '\n']).next());
            assert!(found.is_some(), "the demo does not say `{mark}`:\n{told}");
            found.unwrap_or_default().to_owned()
        };
        Self {
            dashboard: after("dashboard   ", ' '),
            registry: after("crane ls ", '/'),
            kubeconfig: after("KUBECONFIG=", ' '),
            child,
            _wharf: wharf,
        }
    }
}

impl Drop for Demo {
    /// Asks the demo to end as a person would, so that it cleans up.
    fn drop(&mut self) {
        let asked = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        if !asked.is_ok_and(|status| status.success()) {
            self.child.kill().ok();
        }
        self.child.wait().ok();
    }
}
