//! Names from an archive become paths of a tree, or are refused.

use crate::{Error, Limits};

/// Cleans a name: `./a//b/` becomes `a/b`, the root becomes the empty path.
///
/// `..` is refused wherever it stands, even where it would stay inside, as Flux refuses it.
pub(super) fn clean(name: &str, limits: &Limits) -> Result<String, Error> {
    if name.is_empty() {
        return Err(Error::EmptyName);
    }
    if name.contains(['\\', '\0']) {
        return Err(Error::ForbiddenCharacter { path: name.to_owned() });
    }
    if name.starts_with('/') {
        return Err(Error::AbsoluteName { path: name.to_owned() });
    }
    let segments: Vec<&str> =
        name.split('/').filter(|segment| !segment.is_empty() && *segment != ".").collect();
    if segments.contains(&"..") {
        return Err(Error::Traversal { path: name.to_owned() });
    }
    if segments.len() > limits.depth {
        return Err(Error::TooDeep { path: name.to_owned(), limit: limits.depth });
    }
    if name.len() > limits.path_bytes {
        return Err(Error::PathTooLong { limit: limits.path_bytes });
    }
    Ok(segments.join("/"))
}

/// Checks that a symbolic link at `path` points inside the tree.
pub(super) fn check_target(path: &str, target: &str) -> Result<(), Error> {
    let leaves = || Error::LinkLeavesTree { path: path.to_owned(), target: target.to_owned() };
    if target.is_empty() || target.starts_with('/') || target.contains(['\\', '\0']) {
        return Err(leaves());
    }
    let mut depth = path.matches('/').count();
    for segment in target.split('/') {
        match segment {
            "" | "." => {}
            ".." => depth = depth.checked_sub(1).ok_or_else(leaves)?,
            _ => depth += 1,
        }
    }
    Ok(())
}
