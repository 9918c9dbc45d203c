//! The list of objects that a Kustomization applied, and the ids in it.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Everything a Kustomization owns in the cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Inventory {
    /// One entry per object, sorted as applied.
    pub entries: Vec<ResourceRef>,
}

/// One owned object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ResourceRef {
    /// The object as `namespace_name_group_kind`; see [`InventoryId`].
    pub id: String,
    /// The API version it was applied with, without group, such as `v1`.
    pub v: String,
}

/// An object's identity as it stands in `status.inventory`.
///
/// `namespace` and `group` may be empty. Colons in names (RBAC objects have them) are written as two
/// underscores, because the API server's label and key rules never allow underscores in names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InventoryId {
    /// Namespace, empty for cluster-scoped objects.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// API group, empty for the core group.
    pub group: String,
    /// Kind.
    pub kind: String,
}

impl fmt::Display for InventoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.replace(':', "__");
        write!(f, "{}_{name}_{}_{}", self.namespace, self.group, self.kind)
    }
}

impl FromStr for InventoryId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::InventoryId { text: text.to_owned() };
        let (namespace, rest) = text.split_once('_').ok_or_else(wrong)?;
        let (rest, kind) = rest.rsplit_once('_').ok_or_else(wrong)?;
        let (name, group) = rest.rsplit_once('_').ok_or_else(wrong)?;
        if name.is_empty() || kind.is_empty() {
            return Err(wrong());
        }
        Ok(Self {
            namespace: namespace.to_owned(),
            name: name.replace("__", ":"),
            group: group.to_owned(),
            kind: kind.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::InventoryId;

    #[test]
    fn ids_are_written_as_flux_does_and_read_back() {
        for text in [
            "default_podinfo_apps_Deployment",
            "_apps__Namespace",
            "_system__node__x_rbac.authorization.k8s.io_ClusterRole",
            "shop_settings__ConfigMap",
        ] {
            let id: InventoryId = text.parse().unwrap();
            assert_eq!(id.to_string(), text);
        }
        let role: InventoryId = "_a__b_rbac.authorization.k8s.io_ClusterRole".parse().unwrap();
        assert_eq!(role.name, "a:b");
    }

    #[test]
    fn what_is_not_an_id_is_refused() {
        for text in ["", "a", "a_b", "a_b_c", "a__b_", "___Kind"] {
            assert!(text.parse::<InventoryId>().is_err(), "{text}");
        }
    }
}
