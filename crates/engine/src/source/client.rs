//! A registry client with the credentials that a source names.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use api::OCIRepositorySpec;
use api::oci_repository::Provider;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cluster::Cluster;
use k8s_openapi::api::core::v1::{Secret, ServiceAccount};
use plan::Fields;
use registry::{Keychain, PlainHttp, Proxy, Registry, RetryPolicy, Settings};
use serde_json::Value;

use crate::error::Error;

/// Clients by what they were made from, so that tokens and connections are kept.
pub(crate) struct Clients {
    settings: Settings,
    plain: Registry,
    made: Mutex<BTreeMap<String, Registry>>,
}

/// How many clients with secrets are kept.
const KEPT: usize = 256;

impl Clients {
    pub(crate) fn new(mut settings: Settings) -> Result<Self, registry::Error> {
        // The engine has a retry loop of its own; a short one here covers a broken connection.
        settings.retry = RetryPolicy {
            attempts: 2,
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(1),
        };
        let plain = Registry::new(settings.clone())?;
        Ok(Self { settings, plain, made: Mutex::default() })
    }
}

/// Everything that a source's Secrets contribute to a client.
#[derive(Default)]
struct Ingredients {
    settings: Option<Settings>,
    /// Names and versions of the Secrets, and the switches: what the client is remembered by.
    key: String,
}

/// Makes, or finds, the client for one source.
///
/// # Errors
///
/// [`Error::Authentication`] when a Secret is missing or unusable; [`Error::Unsupported`] for cloud
/// providers.
pub(crate) async fn client(
    clients: &Clients,
    cluster: &Cluster,
    namespace: &str,
    spec: &OCIRepositorySpec,
) -> Result<Registry, Error> {
    let mut found = Ingredients::default();
    let base = || clients.settings.clone();
    let keychain = keychain(cluster, namespace, spec, &mut found.key).await?;
    if let Some(keychain) = keychain {
        found.settings.get_or_insert_with(base).credentials = keychain;
    } else if spec.provider != Provider::Generic {
        let field = format!("spec.provider '{:?}' without static credentials", spec.provider);
        return Err(Error::Unsupported { field: field.to_lowercase() });
    }
    if let Some(reference) = &spec.cert_secret_ref {
        let secret = secret(cluster, namespace, &reference.name, &mut found.key).await?;
        let tls = &mut found.settings.get_or_insert_with(base).tls;
        tls.roots_pem = data(&secret, &["ca.crt", "caFile"]).or(tls.roots_pem.take());
        let identity =
            [data(&secret, &["tls.crt", "certFile"]), data(&secret, &["tls.key", "keyFile"])];
        if let [Some(certificate), Some(key)] = identity {
            tls.identity_pem = Some([certificate, b"\n".to_vec(), key].concat());
        }
    }
    if let Some(reference) = &spec.proxy_secret_ref {
        let secret = secret(cluster, namespace, &reference.name, &mut found.key).await?;
        found.settings.get_or_insert_with(base).proxy = Some(proxy(&secret, &reference.name)?);
    }
    if spec.insecure {
        let settings = found.settings.get_or_insert_with(base);
        settings.plain_http = PlainHttp::Allowed;
        settings.tls.accept_any_certificate = spec.cert_secret_ref.is_none();
        found.key.push_str("|insecure");
    }
    let Some(settings) = found.settings else { return Ok(clients.plain.clone()) };
    let mut made = clients.made.lock().expect("no holder of this lock panics");
    if let Some(registry) = made.get(&found.key) {
        return Ok(registry.clone());
    }
    let registry = Registry::new(settings)
        .map_err(|error| Error::Authentication { reason: error.to_string() })?;
    if made.len() >= KEPT {
        made.clear();
    }
    made.insert(found.key, registry.clone());
    Ok(registry)
}

/// The pull Secrets of the source and of its ServiceAccount; `None` when it names neither.
async fn keychain(
    cluster: &Cluster,
    namespace: &str,
    spec: &OCIRepositorySpec,
    key: &mut String,
) -> Result<Option<Keychain>, Error> {
    let mut names: Vec<String> = spec.secret_ref.iter().map(|it| it.name.clone()).collect();
    if let Some(account) = &spec.service_account_name {
        let resource = cluster::Resource::of::<ServiceAccount>(true);
        let Some(found) = cluster.get(&resource, namespace, account).await.map_err(unread)? else {
            let reason = format!("ServiceAccount '{namespace}/{account}' not found");
            return Err(Error::Authentication { reason });
        };
        let pull = found.get("imagePullSecrets").and_then(Value::as_array).into_iter().flatten();
        names.extend(pull.filter_map(|entry| Some(entry.get("name")?.as_str()?.to_owned())));
    }
    let mut keychain: Option<Keychain> = None;
    for name in names {
        let secret = secret(cluster, namespace, &name, key).await?;
        let Some(config) = data(&secret, &[".dockerconfigjson", ".dockercfg"]) else {
            let reason = format!("Secret '{namespace}/{name}' has no key `.dockerconfigjson`");
            return Err(Error::Authentication { reason });
        };
        let more = Keychain::pull_secret(&config, &format!("Secret {namespace}/{name}"))
            .map_err(|error| Error::Authentication { reason: error.to_string() })?;
        keychain = Some(match keychain {
            Some(first) => first.or(more),
            None => more,
        });
    }
    Ok(keychain)
}

/// Reads a Secret, and adds its version to `key`.
///
/// # Errors
///
/// [`Error::Authentication`] when it is not there.
pub(crate) async fn secret(
    cluster: &Cluster,
    namespace: &str,
    name: &str,
    key: &mut String,
) -> Result<Fields, Error> {
    let resource = cluster::Resource::of::<Secret>(true);
    let Some(found) = cluster.get(&resource, namespace, name).await.map_err(unread)? else {
        let reason = format!("Secret '{namespace}/{name}' not found");
        return Err(Error::Authentication { reason });
    };
    let metadata = |field: &str| {
        let value = found.get("metadata").and_then(|all| all.get(field));
        value.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    for part in ["|", &metadata("uid"), "@", &metadata("resourceVersion")] {
        key.push_str(part);
    }
    Ok(found)
}

/// What a source needs could not be read; to the source that is a matter of its credentials.
#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands errors over")]
fn unread(error: cluster::Error) -> Error {
    Error::Authentication { reason: error.to_string() }
}

/// The first of these keys in a Secret, decoded.
pub(crate) fn data(secret: &Fields, keys: &[&str]) -> Option<Vec<u8>> {
    let data = secret.get("data")?;
    let found = keys.iter().find_map(|key| data.get(*key)?.as_str());
    STANDARD.decode(found?).ok()
}

fn proxy(secret: &Fields, name: &str) -> Result<Proxy, Error> {
    let text = |key: &str| data(secret, &[key]).and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(address) = text("address").filter(|address| address.len() <= 2048) else {
        return Err(Error::Authentication {
            reason: format!("Secret '{name}' has no usable key `address` for a proxy"),
        });
    };
    let login = text("username").map(|name| (name, text("password").unwrap_or_default()));
    Ok(Proxy { address, login })
}
