//! The sample application of `examples/`, carried in the binary so that the demo needs nothing else.

use std::path::Path;

use tokio::process::Command;

use crate::report::{Attempt as _, Report};

/// What the sample says where a real registry would stand.
const EXAMPLE_REGISTRY: &str = "registry.example.com";

macro_rules! sample {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../../examples/shop/", $path)))),*]
    };
}

const FILES: &[(&str, &str)] = sample![
    "wharf.yaml",
    "base/kustomization.yaml",
    "base/banner.txt",
    "base/namespace.yaml",
    "base/pricelist-crd.yaml",
    "base/pricelist.yaml",
    "base/serviceaccount.yaml",
    "base/secret.yaml",
    "base/deployment.yaml",
    "base/service.yaml",
    "base/ingress.yaml",
    "overlays/dev/kustomization.yaml",
    "overlays/preprod/kustomization.yaml",
    "overlays/prod/kustomization.yaml",
];

/// What the cluster is told once: sources, Kustomizations and the receiver for pushes.
const CLUSTER: &str = include_str!("../../../../examples/cluster/shop.yaml");

/// The cluster's side of the sample, for a registry at `host` and a receiver with `token`.
pub(super) fn cluster_objects(host: &str, token: &str) -> String {
    CLUSTER.replace(EXAMPLE_REGISTRY, host).replace("change-me", token)
}

/// Writes the sample into `folder` as a Git checkout with one commit (without Git: as plain files).
pub(super) async fn write_checkout(folder: &Path, host: &str) -> Result<(), Report> {
    for (path, text) in FILES {
        let path = folder.join(path);
        let parent = path.parent().expect("a sample path has a folder");
        std::fs::create_dir_all(parent).attempt(|| cannot_write(parent))?;
        std::fs::write(&path, text.replace(EXAMPLE_REGISTRY, host))
            .attempt(|| cannot_write(&path))?;
    }
    git(folder, &["init", "--quiet", "--initial-branch=main"]).await?;
    git(folder, &["remote", "add", "origin", "https://git.example.com/acme/shop.git"]).await?;
    commit(folder, "shop: first version").await
}

/// What `wharf ship` must be told where there is no Git to ask.
pub(super) fn origin(folder: &Path) -> &'static [&'static str] {
    if folder.join(".git").exists() {
        return &[];
    }
    &["--source", "https://git.example.com/acme/shop.git", "--revision", "main"]
}

/// The next change of the application: another greeting, committed.
pub(super) async fn change_greeting(folder: &Path) -> Result<(), Report> {
    let path = folder.join("base/kustomization.yaml");
    let text = std::fs::read_to_string(&path).attempt(|| cannot_write(&path))?;
    let text = text.replace("GREETING=Welcome aboard", "GREETING=Welcome back");
    std::fs::write(&path, text).attempt(|| cannot_write(&path))?;
    commit(folder, "shop: another greeting").await
}

async fn commit(folder: &Path, message: &str) -> Result<(), Report> {
    git(folder, &["add", "--all"]).await?;
    git(folder, &["commit", "--quiet", "--message", message]).await
}

/// A machine without Git plays the story all the same: the bundle then names a folder as its source.
async fn git(folder: &Path, arguments: &[&str]) -> Result<(), Report> {
    let status = Command::new("git")
        .args(["-c", "user.name=Ana", "-c", "user.email=ana@acme.example"])
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .status()
        .await;
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Report::new(format!("cannot run `git {}`", arguments.join(" ")))
            .reason(format!("it ended with {status}"))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Report::new("cannot run `git`").because(&error)),
    }
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write `{}`", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_example_is_carried() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/shop");
        let mut on_disk = vec![];
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    on_disk.push(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        on_disk.sort();
        let mut carried: Vec<&str> = FILES.iter().map(|(path, _)| *path).collect();
        carried.sort_unstable();
        assert_eq!(on_disk, carried);
    }
}
