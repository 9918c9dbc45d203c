//! Which page or answer an address means.

use insight::{EventFilter, Target};

use crate::address::{decode, encode, parameter};

/// How many events a page shows at most.
const EVENT_LIMIT: usize = 200;

/// What can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Page {
    Overview,
    App(String),
    Explain(Target),
    Events { filter: EventFilter },
}

/// What can be asked for as JSON only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Question {
    Page(Page),
    Sources,
    Kustomizations,
    Log { repository: String, channel: String },
    Trace(Target),
}

impl Page {
    /// Reads path and query; `None` when there is no such page.
    pub(crate) fn parse(path: &str, query: &str) -> Option<Self> {
        let segments: Vec<String> = path
            .strip_prefix('/')?
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(decode)
            .collect::<Option<_>>()?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match segments[..] {
            [] => Some(Self::Overview),
            ["app", name] => Some(Self::App(name.to_owned())),
            ["explain", kind, namespace, name] => {
                Some(Self::Explain(target(kind, namespace, name)))
            }
            ["events"] => Some(Self::Events { filter: filter(query) }),
            _ => None,
        }
    }
}

impl Question {
    /// Reads what follows `/api/v1`.
    pub(crate) fn parse(path: &str, query: &str) -> Option<Self> {
        let wanted = |name| parameter(query, name).filter(|value| !value.is_empty());
        match path {
            "/status" => Some(Self::Page(Page::Overview)),
            "/sources" => Some(Self::Sources),
            "/kustomizations" => Some(Self::Kustomizations),
            "/log" => {
                Some(Self::Log { repository: wanted("repository")?, channel: wanted("channel")? })
            }
            _ if path.starts_with("/trace/") => {
                match Page::parse(&path.replacen("trace", "explain", 1), query)? {
                    Page::Explain(target) => Some(Self::Trace(target)),
                    _ => None,
                }
            }
            "/" | "" => None,
            _ => Page::parse(path, query).map(Self::Page),
        }
    }
}

/// The address of an object's verdict; `-` stands for no namespace.
pub(crate) fn explain_path(kind: &str, namespace: &str, name: &str) -> String {
    let namespace = if namespace.is_empty() { "-" } else { namespace };
    format!("/explain/{}/{}/{}", encode(kind), encode(namespace), encode(name))
}

/// The address of an app's page.
pub(crate) fn app_path(name: &str) -> String {
    format!("/app/{}", encode(name))
}

fn target(kind: &str, namespace: &str, name: &str) -> Target {
    let namespace = if namespace == "-" { "" } else { namespace };
    let literal =
        Target { kind: kind.to_owned(), namespace: namespace.to_owned(), name: name.to_owned() };
    Target::parse(&format!("{kind}/{name}"), namespace).unwrap_or(literal)
}

fn filter(query: &str) -> EventFilter {
    let object = parameter(query, "for").and_then(|text| {
        let (namespace, rest) = text.split_once('/')?;
        Target::parse(rest, if namespace == "-" { "" } else { namespace }).ok()
    });
    EventFilter {
        object,
        warnings: parameter(query, "type").as_deref() == Some("Warning"),
        limit: Some(EVENT_LIMIT),
    }
}

#[cfg(test)]
mod tests {
    use super::{Page, Question, app_path, explain_path};

    #[test]
    fn the_address_of_a_page_is_read_back() {
        let path = explain_path("Kustomization", "", "a b");
        assert_eq!(path, "/explain/Kustomization/-/a%20b");
        let Some(Page::Explain(target)) = Page::parse(&path, "") else { panic!("{path}") };
        assert_eq!(target.to_string(), "Kustomization/a b");
        let app = Page::App("acme/shop".into());
        assert_eq!(Page::parse(&app_path("acme/shop"), ""), Some(app));
    }

    #[test]
    fn unknown_addresses_are_no_pages() {
        for path in ["/x", "/app", "/app/a/b", "/explain/a/b", "/app/%zz", "//x", ""] {
            assert_eq!(Page::parse(path, ""), None, "{path}");
        }
        assert_eq!(Question::parse("/log", "repository=a"), None);
        assert_eq!(Question::parse("/", ""), None);
        assert!(Question::parse("/trace/ks/apps/shop", "").is_some());
    }
}
