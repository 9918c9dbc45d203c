//! What the command was told: flag, then environment, then default.
//!
//! The only module that reads the process environment.

mod environment;

use std::path::PathBuf;
use std::time::Duration;

pub(crate) use environment::Environment;

use crate::terminal::Format;

/// Flags that every verb understands.
#[derive(clap::Args, Debug, Clone)]
pub(crate) struct GlobalArgs {
    /// How to print the answer
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        default_value_t,
        help_heading = "Global options"
    )]
    output: Format,
    /// Print answers and errors only
    #[arg(short, long, global = true, help_heading = "Global options")]
    quiet: bool,
    /// The kubeconfig file
    #[arg(
        long,
        global = true,
        env = "KUBECONFIG",
        value_name = "FILE",
        help_heading = "Global options"
    )]
    kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig
    #[arg(long, global = true, value_name = "NAME", help_heading = "Global options")]
    context: Option<String>,
    /// The namespace to look in
    #[arg(short, long, global = true, value_name = "NAME", help_heading = "Global options")]
    namespace: Option<String>,
    /// Look in all namespaces
    #[arg(short = 'A', long, global = true, help_heading = "Global options")]
    all_namespaces: bool,
    /// Speak plain HTTP to registries, or do not check their certificates
    #[arg(long, global = true, env = "WHARF_INSECURE_REGISTRY", help_heading = "Global options")]
    insecure_registry: bool,
    /// A PEM file with certificate authorities to trust beside the system's
    #[arg(
        long,
        global = true,
        env = "WHARF_CA_FILE",
        value_name = "FILE",
        help_heading = "Global options"
    )]
    ca_file: Option<PathBuf>,
    /// How long the command may take, for example `90s` or `5m`
    #[arg(long, global = true, default_value = "5m", value_parser = duration, value_name = "TIME", help_heading = "Global options")]
    timeout: Duration,
}

/// What a verb works with; every question of flag or environment is answered here.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// How to print the answer.
    pub(crate) output: Format,
    /// Whether conversation is left out.
    pub(crate) quiet: bool,
    /// Which API server, and where to look on it.
    pub(crate) cluster: ClusterSettings,
    /// How to speak to registries.
    pub(crate) registry: RegistrySettings,
    /// How long the command may take.
    pub(crate) timeout: Duration,
    /// The environment as it was at the start, for the CI system's own variables.
    pub(crate) environment: Environment,
}

/// Which API server, and where to look on it.
#[derive(Debug, Clone)]
pub(crate) struct ClusterSettings {
    /// The kubeconfig file; none means the usual places.
    pub(crate) kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig; none means the current one.
    pub(crate) context: Option<String>,
    /// The namespace; none means the context's, `all` wins.
    pub(crate) namespace: Option<String>,
    /// Whether to look in all namespaces.
    pub(crate) all_namespaces: bool,
}

/// How to speak to registries.
#[derive(Debug, Clone)]
pub(crate) struct RegistrySettings {
    /// Plain HTTP and unchecked certificates are fine.
    pub(crate) insecure: bool,
    /// More certificate authorities, PEM.
    pub(crate) ca_file: Option<PathBuf>,
    /// Docker's configuration, with logins and credential helpers.
    pub(crate) docker_config: Option<PathBuf>,
}

impl Settings {
    /// Merges what was typed with the environment.
    pub(crate) fn resolve(arguments: GlobalArgs, environment: Environment) -> Self {
        let GlobalArgs {
            output,
            quiet,
            kubeconfig,
            context,
            namespace,
            all_namespaces,
            insecure_registry: insecure,
            ca_file,
            timeout,
        } = arguments;
        let docker_config = environment.docker_config();
        Self {
            output,
            quiet,
            cluster: ClusterSettings { kubeconfig, context, namespace, all_namespaces },
            registry: RegistrySettings { insecure, ca_file, docker_config },
            timeout,
            environment,
        }
    }
}

/// Reads a duration as Flux writes it: `1h30m`, `90s`, `500ms`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let letters = rest[digits..].find(|c: char| !c.is_ascii_alphabetic());
        let end = letters.map_or(rest.len(), |letters| digits + letters);
        let number: f64 = rest[..digits].parse().map_err(|_| wrong(text))?;
        let unit = match &rest[digits..end] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86400.0,
            _ => return Err(wrong(text)),
        };
        let part = Duration::try_from_secs_f64(number * unit).map_err(|_| wrong(text))?;
        total = total.checked_add(part).ok_or_else(|| wrong(text))?;
        rest = &rest[end..];
    }
    if text.is_empty() { Err(wrong(text)) } else { Ok(total) }
}

fn wrong(text: &str) -> String {
    format!("`{text}` is no duration: write for example `500ms`, `90s`, `5m` or `1h30m`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_flux_writes_them() {
        assert_eq!(duration("1h30m"), Ok(Duration::from_mins(90)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        for text in ["", "5", "m", "5x", "1.2.3s", "99999999999999999999h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
