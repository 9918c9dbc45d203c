//! What a path names.

/// The parts of a resource path; empty where the path has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    pub(crate) group: &'a str,
    pub(crate) version: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) plural: &'a str,
    pub(crate) name: &'a str,
    pub(crate) subresource: &'a str,
}

/// Reads the segments of a path below `/api` or `/apis`.
pub(crate) fn place<'a>(segments: &[&'a str]) -> Option<Place<'a>> {
    let (group, version, rest) = match segments {
        ["api", version, rest @ ..] => ("", *version, rest),
        ["apis", group, version, rest @ ..] => (*group, *version, rest),
        _ => return None,
    };
    let at = |namespace, plural, name, subresource| {
        Some(Place { group, version, namespace, plural, name, subresource })
    };
    match rest {
        ["namespaces", name] => at("", "namespaces", *name, ""),
        ["namespaces", name, sub @ ("status" | "finalize")] if group.is_empty() => {
            at("", "namespaces", *name, *sub)
        }
        ["namespaces", namespace, plural] => at(*namespace, *plural, "", ""),
        ["namespaces", namespace, plural, name] => at(*namespace, *plural, *name, ""),
        ["namespaces", namespace, plural, name, sub] => at(*namespace, *plural, *name, *sub),
        [plural] => at("", *plural, "", ""),
        [plural, name] => at("", *plural, *name, ""),
        [plural, name, sub] => at("", *plural, *name, *sub),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_an_object_and_a_place() {
        let read = |path: &'static str| {
            let segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
            place(&segments).map(|p| (p.namespace, p.plural, p.name, p.subresource))
        };
        assert_eq!(read("/api/v1/namespaces/shop"), Some(("", "namespaces", "shop", "")));
        assert_eq!(read("/api/v1/namespaces/shop/pods"), Some(("shop", "pods", "", "")));
        assert_eq!(
            read("/api/v1/namespaces/shop/status"),
            Some(("", "namespaces", "shop", "status"))
        );
        assert_eq!(
            read("/apis/apps/v1/namespaces/shop/deployments/web/scale"),
            Some(("shop", "deployments", "web", "scale"))
        );
    }
}
