//! What an impersonated user may do, by the RBAC objects in the cluster.
//!
//! Who comes in without impersonating may do everything. A delivery that acts as a service account is
//! held to that account's roles, as on a real server. Aggregated roles count; escalation is not checked.

use serde_json::{Value, json};

use crate::kinds::Resource;
use crate::object::{self, items};
use crate::select::label_selector_matches;
use crate::store::Key;
use crate::world::World;

const GROUP: &str = "rbac.authorization.k8s.io";

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) groups: Vec<String>,
}

impl User {
    /// A user with the groups that everybody of that name is in.
    pub(crate) fn new(name: &str, mut groups: Vec<String>) -> Self {
        if let Some(account) = name.strip_prefix("system:serviceaccount:") {
            let namespace = account.split(':').next().unwrap_or_default();
            groups.push("system:serviceaccounts".into());
            groups.push(format!("system:serviceaccounts:{namespace}"));
        }
        groups.push("system:authenticated".into());
        Self { name: name.into(), groups }
    }
}

/// What is asked for; `resource` includes the subresource, as `deployments/status`.
#[derive(Debug, Clone)]
pub(crate) struct Attempt<'a> {
    pub(crate) verb: &'a str,
    pub(crate) group: &'a str,
    pub(crate) resource: String,
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
}

impl Attempt<'_> {
    /// Why it is refused, as a real server says it.
    pub(crate) fn refusal(&self, user: &User) -> String {
        let place = if self.namespace.is_empty() {
            "at the cluster scope".to_owned()
        } else {
            format!("in the namespace {:?}", self.namespace)
        };
        format!(
            "User {:?} cannot {} resource {:?} in API group {:?} {place}",
            user.name, self.verb, self.resource, self.group
        )
    }
}

/// Whether the roles bound to `user` allow `attempt`.
pub(crate) fn may(world: &World, user: &User, attempt: &Attempt<'_>) -> bool {
    if user.groups.iter().any(|group| group == "system:masters") {
        return true;
    }
    let list = |plural: &str, namespace: &str| {
        world.store.list(&Resource::new(GROUP, plural), namespace).0
    };
    let mut bindings = list("clusterrolebindings", "");
    if !attempt.namespace.is_empty() {
        bindings.extend(list("rolebindings", attempt.namespace));
    }
    bindings
        .iter()
        .filter(|binding| binds(&binding.value, user))
        .flat_map(|binding| rules(world, &binding.value))
        .any(|rule| allows(&rule, attempt))
}

fn binds(binding: &Value, user: &User) -> bool {
    items(&binding["subjects"]).iter().any(|subject| {
        let name = subject["name"].as_str().unwrap_or_default();
        match subject["kind"].as_str() {
            Some("User") => name == user.name,
            Some("Group") => user.groups.iter().any(|group| group == name),
            Some("ServiceAccount") => {
                let own = object::namespace(binding);
                let namespace = subject["namespace"].as_str().unwrap_or(own);
                user.name == format!("system:serviceaccount:{namespace}:{name}")
            }
            _ => false,
        }
    })
}

/// The rules of the role that a binding names.
fn rules(world: &World, binding: &Value) -> Vec<Value> {
    let (plural, namespace) = if binding["roleRef"]["kind"] == "Role" {
        ("roles", object::namespace(binding))
    } else {
        ("clusterroles", "")
    };
    let key = Key {
        resource: Resource::new(GROUP, plural),
        namespace: namespace.into(),
        name: binding["roleRef"]["name"].as_str().unwrap_or_default().into(),
    };
    let Some(role) = world.store.get(&key) else { return Vec::new() };
    let mut rules = items(&role.value["rules"]).to_vec();
    for selector in items(&role.value["aggregationRule"]["clusterRoleSelectors"]) {
        for other in world.store.list(&key.resource, "").0 {
            if label_selector_matches(selector, &other.value["metadata"]["labels"]) {
                rules.extend(items(&other.value["rules"]).iter().cloned());
            }
        }
    }
    rules
}

fn allows(rule: &Value, attempt: &Attempt<'_>) -> bool {
    let has = |field: &str, wanted: &str| {
        items(&rule[field]).iter().any(|item| item == wanted || item == "*")
    };
    let subresource = attempt.resource.split_once('/').map(|(_, sub)| format!("*/{sub}"));
    let names = items(&rule["resourceNames"]);
    has("verbs", attempt.verb)
        && has("apiGroups", attempt.group)
        && (has("resources", &attempt.resource)
            || subresource.is_some_and(|sub| has("resources", &sub)))
        && (names.is_empty() || names.iter().any(|name| name == attempt.name))
}

/// The roles that every cluster has, and the binding of its administrators.
pub(crate) fn bootstrap() -> Vec<(&'static str, Value)> {
    let roles: Vec<Value> = serde_json::from_str(include_str!("../schemas/roles.json"))
        .expect("the compiled-in roles are JSON");
    let mut objects: Vec<_> = roles.into_iter().map(|role| ("clusterroles", role)).collect();
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": { "name": "cluster-admin" },
        "roleRef": { "apiGroup": GROUP, "kind": "ClusterRole", "name": "cluster-admin" },
        "subjects": [{ "apiGroup": GROUP, "kind": "Group", "name": "system:masters" }],
    });
    objects.push(("clusterrolebindings", binding));
    objects
}
