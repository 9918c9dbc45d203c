//! Keys and values from literals, files and env files.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::files::base_name;
use crate::kustomization::GeneratorArgs;
use crate::loader::Loader;

/// Go's scanner gives up at lines of this length, and kustomize does not notice.
const LONGEST_LINE: usize = 64 * 1024;

/// Collects all pairs; no key may be there twice.
///
/// # Errors
///
/// [`Error::Step`] for a source that makes no sense, errors of the loader.
pub(super) fn collect(
    args: &GeneratorArgs,
    loader: &Loader<'_>,
    step: &str,
) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let step = format!("{step} `{}`", args.name);
    let mut pairs = Pairs { map: BTreeMap::new(), step: &step };
    for path in &args.envs {
        let bytes = loader.load(path).map_err(|error| source(error, loader, &step, path))?;
        pairs.add_lines(&bytes, path)?;
    }
    for literal in &args.literals {
        pairs.add_literal(literal)?;
    }
    for file in &args.files {
        let (key, path) = file_source(file).map_err(|reason| Error::step(step.as_str(), reason))?;
        let bytes = loader.load(path).map_err(|error| source(error, loader, &step, path))?;
        pairs.add(key, bytes.to_vec())?;
    }
    Ok(pairs.map)
}

fn source(error: Error, loader: &Loader<'_>, step: &str, path: &str) -> Error {
    error.within(&loader.shown(&loader.root), format!("{step}: reading source `{path}`"))
}

struct Pairs<'a> {
    map: BTreeMap<String, Vec<u8>>,
    step: &'a str,
}

impl Pairs<'_> {
    fn add(&mut self, key: &str, value: Vec<u8>) -> Result<(), Error> {
        if self.map.insert(key.to_owned(), value).is_some() {
            return Err(self.refuse(format!("illegally repeats the key `{key}`")));
        }
        Ok(())
    }

    fn refuse(&self, reason: String) -> Error {
        Error::step(self.step, reason)
    }

    fn add_literal(&mut self, literal: &str) -> Result<(), Error> {
        match literal.split_once('=') {
            Some((key, value)) if !key.is_empty() => {
                self.add(key, without_quotes(value).as_bytes().to_vec())
            }
            _ => Err(self.refuse(format!("invalid literal source {literal}, expected key=value"))),
        }
    }

    fn add_lines(&mut self, bytes: &[u8], path: &str) -> Result<(), Error> {
        let mut lines = bytes.split(|byte| *byte == b'\n').enumerate().peekable();
        while let Some((index, line)) = lines.next() {
            if line.len() >= LONGEST_LINE || (lines.peek().is_none() && line.is_empty()) {
                break;
            }
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let Ok(text) = std::str::from_utf8(line) else {
                return Err(self.refuse(format!("{path}:{}: invalid utf8 bytes", index + 1)));
            };
            let text =
                if index == 0 { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text };
            let text = text.trim_start();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let (key, value) = text.split_once('=').unwrap_or((text, ""));
            if !key.is_empty() {
                self.add(key, value.as_bytes().to_vec())?;
            }
        }
        Ok(())
    }
}

fn without_quotes(value: &str) -> &str {
    let quoted = |mark| value.len() > 1 && value.starts_with(mark) && value.ends_with(mark);
    if quoted('"') || quoted('\'') { &value[1..value.len() - 1] } else { value }
}

/// Reads `[key=]path`.
fn file_source(source: &str) -> Result<(&str, &str), String> {
    match source.split_once('=') {
        None => Ok((base_name(source), source)),
        Some((_, path)) if path.contains('=') => {
            Err(format!("source \"{source}\" key name or file path contains '='"))
        }
        Some(("", path)) => {
            Err(format!("missing key name for file path \"{path}\" in source \"{source}\""))
        }
        Some((key, "")) => {
            Err(format!("missing file path for key name \"{key}\" in source \"{source}\""))
        }
        Some((key, path)) => Ok((key, path)),
    }
}
