//! What Git says of the checkout: where it comes from, which commit it is, whether it is clean.

use std::path::Path;

use tokio::process::Command;

use crate::report::Report;

/// A checkout in Git.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checkout {
    /// Where it comes from: the URL of `origin`, without credentials, or its folder.
    pub(crate) source: String,
    /// `<branch>@sha1:<commit>`, as Flux writes revisions.
    pub(crate) revision: String,
    /// When the commit was made.
    pub(crate) committed: jiff::Timestamp,
    /// Files that differ from the commit, at most a few.
    pub(crate) dirty: Vec<String>,
}

impl Checkout {
    /// Asks `git` about a folder; `None` if it is no checkout or there is no `git`.
    pub(crate) async fn of(folder: &Path) -> Result<Option<Self>, Report> {
        let Some(head) = ask(folder, &["log", "-1", "--format=%H %ct"]).await? else {
            return Ok(None);
        };
        let (commit, seconds) = head.split_once(' ').unwrap_or((&head, "0"));
        let branch = ask(folder, &["rev-parse", "--abbrev-ref", "HEAD"]).await?.unwrap_or_default();
        let origin = ask(folder, &["config", "--get", "remote.origin.url"]).await?;
        let status = ask(folder, &["status", "--porcelain", "--", "."]).await?.unwrap_or_default();
        let committed = seconds.parse().ok().and_then(|s| jiff::Timestamp::from_second(s).ok());
        Ok(Some(Self {
            source: origin.map_or_else(|| folder.display().to_string(), |url| without_login(&url)),
            revision: revision(&branch, commit),
            committed: committed.unwrap_or(jiff::Timestamp::UNIX_EPOCH),
            dirty: status
                .lines()
                .take(5)
                .map(|line| line.get(3..).unwrap_or(line).into())
                .collect(),
        }))
    }
}

/// A detached head, as CI makes it, has no branch to name.
fn revision(branch: &str, commit: &str) -> String {
    match branch {
        "" | "HEAD" => format!("sha1:{commit}"),
        branch => format!("{branch}@sha1:{commit}"),
    }
}

/// A URL may carry a token; it must never reach an annotation.
fn without_login(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = authority.rsplit('@').next().unwrap_or(authority);
            format!("{scheme}://{host}/{path}")
        }
        None => url.into(),
    }
}

/// The name that Git would put on a commit here, for moves outside of CI.
pub(crate) async fn author(folder: &Path) -> Result<Option<String>, Report> {
    ask(folder, &["config", "--get", "user.email"]).await
}

async fn ask(folder: &Path, arguments: &[&str]) -> Result<Option<String>, Report> {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().await;
    match output {
        Ok(output) if output.status.success() => {
            Ok(Some(String::from_utf8_lossy(&output.stdout).trim_end().to_owned()))
        }
        Ok(_) => Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Report::new("cannot ask `git` about the checkout").because(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_in_the_remote_url_is_dropped() {
        assert_eq!(
            without_login("https://ci:ghp_secret@github.com/acme/shop.git"),
            "https://github.com/acme/shop.git"
        );
        assert_eq!(without_login("git@github.com:acme/shop.git"), "git@github.com:acme/shop.git");
    }

    #[test]
    fn a_detached_head_names_only_the_commit() {
        assert_eq!(revision("HEAD", "abc"), "sha1:abc");
        assert_eq!(revision("main", "abc"), "main@sha1:abc");
    }
}
