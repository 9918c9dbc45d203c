//! Tells a receiver that something was pushed, so that nobody waits for an interval.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use registry::Pinned;
use sha2::Sha256;

use crate::settings::Settings;
use crate::terminal::Terminal;

/// Whom to tell about a push.
#[derive(clap::Args, Debug, Clone)]
pub(crate) struct NotifyArgs {
    /// Tell this receiver when the tag has moved; the whole URL, `status.webhookPath` included
    #[arg(long, env = "WHARF_NOTIFY_URL", value_name = "URL")]
    notify: Option<String>,
}

/// Tells the receiver; a receiver that does not answer is said, but is no failure: the cluster will
/// look at its next interval.
///
/// The body is signed with `WHARF_NOTIFY_TOKEN` where that is set (`generic-hmac`).
///
/// # Source
///
/// Flux notification-controller, Receiver `generic` and `generic-hmac`: `X-Signature: sha256=<hex>`.
pub(crate) async fn notify(
    terminal: &Terminal,
    settings: &Settings,
    arguments: &NotifyArgs,
    pushed: &Pinned,
) {
    let Some(url) = &arguments.notify else { return };
    match post(url, settings.environment.get("WHARF_NOTIFY_TOKEN"), pushed).await {
        Ok(()) => terminal.say("✔ Told the receiver"),
        Err(because) => terminal.say(&format!(
            "warning: the receiver could not be told ({because}); the cluster looks at its next interval"
        )),
    }
}

async fn post(url: &str, token: Option<&str>, pushed: &Pinned) -> Result<(), String> {
    let body = serde_json::json!({
        "repository": pushed.reference.name(),
        "tag": pushed.reference.tag(),
        "digest": pushed.digest.to_string(),
    })
    .to_string();
    let client = reqwest::Client::builder().timeout(Duration::from_secs(15)).build();
    let mut request = client.map_err(|error| error.to_string())?.post(url);
    if let Some(token) = token {
        request = request.header("X-Signature", format!("sha256={}", signature(token, &body)));
    }
    let request = request.header("Content-Type", "application/json").body(body);
    // The URL holds the secret path of the receiver: it stays out of every message.
    let answer = request.send().await.map_err(|error| error.without_url().to_string())?;
    match answer.status() {
        status if status.is_success() => Ok(()),
        status => Err(format!("it answered {status}")),
    }
}

fn signature(token: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).expect("HMAC takes any key");
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_hex_hmac_of_the_body() {
        // RFC 4231, test case 2.
        assert_eq!(
            signature("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
