//! Credential helpers: the programs `docker-credential-*` that keep logins outside of files.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use super::Credential;
use crate::Error;

/// How long a helper may think; some unlock a keyring or call a cloud.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most that a helper may say.
const OUTPUT_LIMIT: u64 = 1 << 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

/// Asks `docker-credential-<program>` for the login to `server`; `None` when it has none.
///
/// # Source
///
/// docker/docker-credential-helpers, "Development": `get` reads the server from stdin and answers JSON.
pub(super) async fn ask(
    program: &str,
    server: &str,
    folders: &[PathBuf],
    origin: &str,
) -> Result<Option<Credential>, Error> {
    let name = format!("docker-credential-{program}");
    let bad = |reason: String| Error::Credentials {
        origin: format!("helper `{name}` (named in {origin})"),
        reason,
    };
    if !program.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')) {
        return Err(bad("its name is malformed".to_owned()));
    }
    let path = folders
        .iter()
        .map(|folder| folder.join(&name))
        .find(|path| path.is_file())
        .unwrap_or_else(|| PathBuf::from(&name));
    let child = Command::new(path)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| bad(format!("it does not start ({})", error.kind())))?;
    let (succeeded, output) = tokio::time::timeout(PATIENCE, converse(child, server))
        .await
        .map_err(|_| bad(format!("no answer within {} s", PATIENCE.as_secs())))?
        .map_err(|error| bad(error.to_string()))?;
    if !succeeded {
        return refusal(&output).map_or(Ok(None), |reason| Err(bad(reason)));
    }
    let answer: Answer = serde_json::from_slice(&output)
        .map_err(|_| bad("its answer is not the JSON of a credential".to_owned()))?;
    Ok(Some(match answer.username.as_str() {
        "<token>" => Credential::IdentityToken(answer.secret),
        "" if answer.secret.is_empty() => return Ok(None),
        _ => Credential::Basic { username: answer.username, password: answer.secret },
    }))
}

async fn converse(mut child: Child, server: &str) -> std::io::Result<(bool, Vec<u8>)> {
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let stdout = child.stdout.take().expect("stdout is piped");
    // A helper that already knows its answer may not read; that is its own affair.
    let _written = stdin.write_all(format!("{server}\n").as_bytes()).await;
    drop(stdin);
    let mut output = Vec::new();
    stdout.take(OUTPUT_LIMIT).read_to_end(&mut output).await?;
    Ok((child.wait().await?.success(), output))
}

/// What a failed helper complains about; `None` when it only has no login for this server.
fn refusal(output: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(output);
    let line = text.lines().next().unwrap_or_default().trim();
    let is_unknown = line.contains("credentials not found")
        || line.contains("no credentials server URL")
        || line.contains("no credentials username");
    (!is_unknown).then(|| format!("it failed: {}", line.chars().take(200).collect::<String>()))
}
