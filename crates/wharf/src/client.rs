//! A registry client as the settings say.

use std::path::Path;

use registry::{Keychain, PlainHttp, Reference, Registry, Tls};

use crate::report::{Attempt as _, Report};
use crate::settings::{RegistrySettings, Settings};

/// Opens a client for all registries; nothing is connected yet.
pub(crate) fn registry(settings: &Settings) -> Result<Registry, Report> {
    let RegistrySettings { insecure, ca_file, docker_config } = &settings.registry;
    let cannot = || "cannot prepare to speak to registries".to_owned();
    let credentials = match docker_config.as_deref().filter(|path| path.exists()) {
        Some(path) => Keychain::docker_config(path, &helper_folders(settings)).attempt(cannot)?,
        None => Keychain::anonymous(),
    };
    let tls = Tls { accept_any_certificate: *insecure, ..Tls::default() };
    let tls = match ca_file {
        Some(path) => tls.with_roots_file(path).attempt(cannot)?,
        None => tls,
    };
    let plain_http = if *insecure { PlainHttp::Allowed } else { PlainHttp::Local };
    Registry::new(registry::Settings { credentials, plain_http, tls, ..Default::default() })
        .attempt(cannot)
}

/// Reads a reference as a person types it.
pub(crate) fn reference(text: &str) -> Result<Reference, String> {
    Reference::parse(text).map_err(|error| error.to_string())
}

fn helper_folders(settings: &Settings) -> Vec<std::path::PathBuf> {
    let path = settings.environment.get("PATH").unwrap_or_default();
    path.split(':').filter(|folder| !folder.is_empty()).map(|f| Path::new(f).into()).collect()
}
