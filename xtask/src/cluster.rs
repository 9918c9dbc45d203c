//! `cargo xtask cluster`: a real Kubernetes API server, with etcd and the controllers, on loopback.
//!
//! `tests/cluster` holds the servers as one binary; its `up` command starts them, writes a
//! kubeconfig, says `ready`, and when its stdin ends it stops everything and removes its folder: no server
//! outlives us.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::{command, environment::Environment, error::Error, say, tools};

/// A running control plane; it stops when this is dropped.
pub(crate) struct Cluster {
    servers: Child,
    folder: PathBuf,
}

impl Cluster {
    /// Builds the servers unless they were, starts them and waits until they answer.
    pub(crate) fn start(environment: &Environment) -> Result<Self, Error> {
        let binary = build(environment)?;
        let folder = environment.state().join(format!("cluster-{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|cause| Error::at("create", &folder, cause))?;
        let mut up = Command::new(&binary);
        up.arg("up").arg("--dir").arg(&folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut servers = up.spawn().map_err(|cause| Error::at("start", &binary, cause))?;
        let stdout = servers.stdout.take().expect("stdout was asked for as a pipe");
        let cluster = Self { servers, folder };
        let mut line = String::new();
        let read = BufReader::new(stdout).read_line(&mut line);
        if read.is_ok() && line.trim() == "ready" {
            return Ok(cluster);
        }
        let logs = cluster.folder.join("logs");
        Err(Error::Unexpected(format!("the API server did not start: see `{}`", logs.display())))
    }

    /// The file that tells clients where the API server is and who they are.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.servers.stdin.take());
        if let Err(cause) = self.servers.wait() {
            say::error(&Error::at("stop the servers of", &self.folder, cause));
        }
    }
}

/// Starts a cluster for a command, or for a person until Ctrl-C.
pub(crate) fn run(environment: &Environment, arguments: &[String]) -> Result<(), Error> {
    let cluster = Cluster::start(environment)?;
    let kubeconfig = cluster.kubeconfig();
    let asked = arguments.strip_prefix(&["--".to_owned()]).unwrap_or(arguments);
    if let Some((program, rest)) = asked.split_first() {
        let mut command = Command::new(program);
        command.args(rest).env("PATH", path_with_tools(environment)?);
        command.env("KUBECONFIG", &kubeconfig).env("WHARF_TEST_KUBECONFIG", &kubeconfig);
        return command::run(command);
    }
    show(environment, &kubeconfig);
    let mut cluster = cluster;
    let status = cluster.servers.wait();
    status.map(drop).map_err(|cause| Error::Io { attempt: "wait for the servers".into(), cause })
}

/// Tells a person how to reach the cluster.
fn show(environment: &Environment, kubeconfig: &Path) {
    let kubectl = tools::links(environment).join("kubectl");
    say::line("A Kubernetes API server, controllers and a scheduler run until Ctrl-C.");
    say::line(
        "Pods are bound to a pretended node, where they start if their image can be found.\n",
    );
    say::line(format_args!("  export KUBECONFIG={}", kubeconfig.display()));
    say::line(format_args!("  {} get nodes\n", kubectl.display()));
    say::line("Tests that want a real API server take it from `WHARF_TEST_KUBECONFIG`.");
}

/// Builds the servers and a `kubectl` beside the other tools.
fn build(environment: &Environment) -> Result<PathBuf, Error> {
    let folder = environment.root.join("tests/cluster");
    let pins = tools::read(&folder.join("go.mod"))? + &tools::read(&folder.join("go.sum"))?;
    let version = kubernetes_version(&pins)?;
    let minor = version.split('.').nth(1).unwrap_or_default();
    let package = "k8s.io/component-base/version";
    let variables = [
        format!("{package}.gitVersion={version}"),
        format!("{package}.gitMajor=1"),
        format!("{package}.gitMinor={minor}"),
    ];
    let module = tools::Module {
        name: "testcluster",
        folder: &folder,
        package: ".",
        variables: &variables.each_ref().map(String::as_str),
        key: &(sources(&folder)? + &pins),
    };
    let binary = tools::build_module(environment, &module)?;
    let target = fs::read_link(&binary).map_err(|cause| Error::at("read", &binary, cause))?;
    tools::link(environment, "kubectl", &target)?;
    Ok(binary)
}

/// The version of Kubernetes that the module pins, such as `v1.36.2`.
fn kubernetes_version(pins: &str) -> Result<&str, Error> {
    pins.lines()
        .find_map(|line| line.trim().strip_prefix("k8s.io/kubernetes "))
        .ok_or_else(|| Error::Unexpected("`tests/cluster/go.mod` pins no k8s.io/kubernetes".into()))
}

/// The module's own source, in the order of file names.
fn sources(folder: &Path) -> Result<String, Error> {
    let entries = fs::read_dir(folder).map_err(|cause| Error::at("read", folder, cause))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|file| file.extension().is_some_and(|extension| extension == "go"))
        .collect();
    files.sort();
    files.iter().map(|file| tools::read(file)).collect()
}

/// The `PATH` with the built tools in front.
fn path_with_tools(environment: &Environment) -> Result<std::ffi::OsString, Error> {
    let folders = std::iter::once(tools::links(environment)).chain(environment.path.clone());
    std::env::join_paths(folders).map_err(|cause| Error::Unexpected(cause.to_string()))
}
