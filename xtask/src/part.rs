//! Parts that come from outside the workspace: which the machine has, and how to get the others.

use crate::environment::Environment;

/// Something that tests with real parts stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The Go toolchain, with which the real tools and the API server are built.
    Go,
    /// Debian's registry: distribution 2.8, an OCI 1.0 registry without referrers.
    DebianRegistry,
    /// A browser that can run without a screen.
    Chromium,
    /// Git, from which the revision of a bundle is read.
    Git,
    /// The program that makes certificates.
    OpenSsl,
}

impl Part {
    /// Says why this part cannot be used and what would change that; `None` when it can.
    pub(crate) fn lack(self, environment: &Environment) -> Option<String> {
        let (programs, remedy): (&[&str], &str) = match self {
            Self::Go => (&["go"], "install Go 1.26.3 or newer"),
            Self::DebianRegistry => (&["docker-registry"], "apt-get install docker-registry"),
            Self::Chromium => (&["chromium", "chromium-browser"], "apt-get install chromium"),
            Self::Git => (&["git"], "apt-get install git"),
            Self::OpenSsl => (&["openssl"], "apt-get install openssl"),
        };
        let is_here = programs.iter().any(|name| environment.program(name).is_some());
        (!is_here).then(|| format!("`{}` is not on the PATH: {remedy}", programs[0]))
    }
}
