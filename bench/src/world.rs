//! A cluster, a registry and wharf's engine, as processes of their own.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use wharf_real_tests::{Server, Tool, free_port, kubeconfig, wharf};

/// Where everything of one world is.
pub(crate) struct World {
    pub(crate) kubectl: Tool,
    pub(crate) wharf: Tool,
    /// `host:port` of the registry.
    pub(crate) registry: String,
    /// Where the engine receives webhooks, without a path.
    pub(crate) receiver: String,
    /// The process that runs the engine.
    pub(crate) engine: Server,
    _registry: Option<Server>,
}

impl World {
    /// `wharf dev`: everything in one process, with the embedded Kubernetes API.
    pub(crate) fn embedded() -> Self {
        let wharf = wharf();
        let engine = Server::start(|port, folder| {
            let dir = folder.join("dev").to_string_lossy().into_owned();
            let port = port.to_string();
            let ports = ["--api-port", "0", "--receiver-port", "0", "--console-port", "0"];
            let arguments = ["dev", "--dir", &dir, "--registry-port", &port];
            wharf.command(&[&arguments[..], &ports].concat())
        });
        let told = wait_for_text(&engine.folder().join("log"), "Ctrl-C ends it");
        let receiver = word_after(&told, "receiver");
        let config = word_after(&told, "KUBECONFIG=");
        let registry = engine.host();
        let kubectl = Tool::built("kubectl").with("KUBECONFIG", config);
        Self { kubectl, wharf, registry, receiver, engine, _registry: None }
    }

    /// `wharf engine` on the real API server, and distribution 3.
    pub(crate) fn real() -> Self {
        let config = kubeconfig().to_string_lossy().into_owned();
        let wharf = wharf().with("KUBECONFIG", &config);
        let receiver = format!("127.0.0.1:{}", free_port());
        let engine = Server::start(|port, _| {
            let metrics = format!("127.0.0.1:{port}");
            let addresses = ["--receiver-addr", &receiver, "--metrics-addr", &metrics];
            wharf.command(&[&["engine", "--install-crds"][..], &addresses].concat())
        });
        let registry = distribution();
        Self {
            kubectl: Tool::built("kubectl").with("KUBECONFIG", config),
            wharf,
            registry: registry.host(),
            receiver: format!("http://{receiver}"),
            engine,
            _registry: Some(registry),
        }
    }

    /// Applies manifests.
    pub(crate) fn apply(&self, manifests: &str) {
        let arguments = ["apply", "--server-side", "--force-conflicts", "--filename", "-"];
        let output = self.kubectl.feed(&arguments, manifests.as_bytes());
        assert!(output.success, "{}", output.stderr);
    }

    /// Packs a folder and pushes it.
    pub(crate) fn push(&self, folder: &Path, repository: &str, more: &[&str]) {
        let target = format!("{}/{repository}", self.registry);
        let folder = folder.to_string_lossy().into_owned();
        let origin = ["--source", "https://git.example.com/bench", "--revision", "main@sha1:0"];
        self.wharf.run(&[&["push", &folder, &target][..], &origin, more].concat());
    }

    /// Asks until the answer is not empty.
    ///
    /// # Panics
    ///
    /// When it is empty for half a minute.
    pub(crate) fn wait(&self, arguments: &[&str]) -> String {
        let start = Instant::now();
        loop {
            let output = self.kubectl.attempt(arguments);
            if output.success && !output.stdout.trim().is_empty() {
                return output.stdout.trim().to_owned();
            }
            assert!(start.elapsed() < Duration::from_secs(30), "{arguments:?}: {}", output.stderr);
            thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Distribution 3 on loopback.
pub(crate) fn distribution() -> Server {
    let distribution = Tool::built("distribution");
    Server::start(|port, folder| {
        let config = folder.join("config.yml");
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n\
             storage: {{filesystem: {{rootdirectory: '{}/storage'}}}}\n",
            folder.display()
        );
        fs::write(&config, text).expect("a file can be written");
        distribution.command(&["serve".as_ref(), config.as_os_str()])
    })
}

/// Reads a growing file until it has a text.
fn wait_for_text(file: &PathBuf, text: &str) -> String {
    let start = Instant::now();
    loop {
        let told = fs::read_to_string(file).unwrap_or_default();
        if told.contains(text) {
            return told;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "no `{text}` in:\n{told}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn word_after(text: &str, mark: &str) -> String {
    let rest = text.split_once(mark).map_or("", |(_, rest)| rest);
    rest.split_whitespace().next().unwrap_or_default().trim_end_matches('/').to_owned()
}
