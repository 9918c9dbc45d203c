//! `cargo xtask tools`: the real tools that tests compare with, built from their own Go modules.
//!
//! `tests/tools/<name>/go.mod` pins one tool and everything under it. A binary is kept in the user's
//! cache under a key of its pins, and linked from `.wharf/tools/bin`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{command, environment::Environment, error::Error, part::Part, say};

/// Builds the named tools, or all, and prints where each is.
pub(crate) fn run(environment: &Environment, names: &[String]) -> Result<(), Error> {
    let all = names_of_all(environment)?;
    let names = if names.is_empty() { &all } else { names };
    for name in names {
        say::data(build(environment, name)?.display());
    }
    Ok(())
}

/// Builds all tools and returns the folder in which they are found by name.
pub(crate) fn build_all(environment: &Environment) -> Result<PathBuf, Error> {
    for name in names_of_all(environment)? {
        build(environment, &name)?;
    }
    Ok(links(environment))
}

/// Builds one tool unless its pins were built before, and returns its link.
pub(crate) fn build(environment: &Environment, name: &str) -> Result<PathBuf, Error> {
    let folder = environment.root.join("tests/tools").join(name);
    let pins = read(&folder.join("go.mod"))? + &read(&folder.join("go.sum"))?;
    let package = pins.lines().find_map(|line| line.strip_prefix("tool ")).ok_or_else(|| {
        Error::Unexpected(format!("`tests/tools/{name}/go.mod` has no `tool` line"))
    })?;
    let module = Module { name, folder: &folder, package, variables: &[], key: &pins };
    build_module(environment, &module)
}

/// A Go module with a main package.
pub(crate) struct Module<'a> {
    /// Name of the binary.
    pub(crate) name: &'a str,
    /// Folder of its `go.mod`.
    pub(crate) folder: &'a Path,
    /// Import path of the main package, or `.`.
    pub(crate) package: &'a str,
    /// Go variables that the linker sets, as `path.name=value`.
    pub(crate) variables: &'a [&'a str],
    /// Everything that the binary depends on: pins and, where there are any, own sources.
    pub(crate) key: &'a str,
}

/// Builds a module's binary unless the same was built before, and links it under its name.
pub(crate) fn build_module(
    environment: &Environment,
    module: &Module<'_>,
) -> Result<PathBuf, Error> {
    let name = module.name;
    let key = fnv1a([module.package, &module.variables.concat(), module.key]);
    let binary = environment.cache.join(format!("tools/{name}-{key:016x}")).join(name);
    if !binary.is_file() {
        if let Some(lack) = Part::Go.lack(environment) {
            return Err(Error::Missing { what: format!("`{name}` cannot be built"), lack });
        }
        let unfinished = binary.with_extension(format!("{}.new", std::process::id()));
        let variables = module.variables.iter().map(|variable| format!(" -X {variable}"));
        let mut go = Command::new("go");
        go.current_dir(module.folder).env("CGO_ENABLED", "0").env("GOFLAGS", "-buildvcs=false");
        go.args(["build", "-trimpath", "-ldflags"]);
        go.arg(format!("-s -w{}", variables.collect::<String>()));
        go.arg("-o").arg(&unfinished).arg(module.package);
        command::run(go)?;
        fs::rename(&unfinished, &binary).map_err(|cause| Error::at("write", &binary, cause))?;
    }
    link(environment, name, &binary)
}

/// The folder in which built tools are found by name.
pub(crate) fn links(environment: &Environment) -> PathBuf {
    environment.state().join("tools/bin")
}

/// Points the tool's name at the binary that the checkout's pins ask for.
pub(crate) fn link(environment: &Environment, name: &str, binary: &Path) -> Result<PathBuf, Error> {
    let link = links(environment).join(name);
    fs::create_dir_all(links(environment)).map_err(|cause| Error::at("create", &link, cause))?;
    if fs::read_link(&link).is_ok_and(|target| target == binary) {
        return Ok(link);
    }
    let unfinished = links(environment).join(format!(".{name}.{}", std::process::id()));
    std::os::unix::fs::symlink(binary, &unfinished)
        .and_then(|()| fs::rename(&unfinished, &link))
        .map_err(|cause| Error::at("link", &link, cause))?;
    Ok(link)
}

/// The names of all tools, which are the folders of `tests/tools`.
fn names_of_all(environment: &Environment) -> Result<Vec<String>, Error> {
    let folder = environment.root.join("tests/tools");
    let entries = fs::read_dir(&folder).map_err(|cause| Error::at("read", &folder, cause))?;
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().join("go.mod").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

/// Reads a file of the checkout.
pub(crate) fn read(file: &Path) -> Result<String, Error> {
    fs::read_to_string(file).map_err(|cause| Error::at("read", file, cause))
}

/// Hashes texts into a short name that stays the same on every machine.
///
/// # Source
///
/// FNV-1a, 64 bits; a cache key needs no cryptography.
fn fnv1a<const N: usize>(texts: [&str; N]) -> u64 {
    texts
        .iter()
        .flat_map(|text| text.bytes().chain([0]))
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
}
