//! Labels, annotations, finalizers and field managers that Flux puts on objects.

/// Finalizer of every Flux kind.
pub const FINALIZER: &str = "finalizers.fluxcd.io";

/// Annotation with which a person or a receiver asks for a reconciliation now.
pub const REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";

/// Label on ConfigMaps and Secrets whose changes trigger the Kustomizations that read them.
pub const WATCH: &str = "reconcile.fluxcd.io/watch";

/// Label by which controllers share work between shards.
pub const SHARD: &str = "sharding.fluxcd.io/key";

/// Owner label: the name of the Kustomization that applied an object.
pub const OWNER_NAME: &str = "kustomize.toolkit.fluxcd.io/name";

/// Owner label: the namespace of the Kustomization that applied an object.
pub const OWNER_NAMESPACE: &str = "kustomize.toolkit.fluxcd.io/namespace";

/// How one object is applied: `Override`, `Merge`, `IfNotPresent` or `Ignore`.
pub const SSA: &str = "kustomize.toolkit.fluxcd.io/ssa";

/// `enabled`: the object may be deleted and made anew when a field is immutable.
pub const FORCE: &str = "kustomize.toolkit.fluxcd.io/force";

/// `disabled`: the object is never deleted by garbage collection.
pub const PRUNE: &str = "kustomize.toolkit.fluxcd.io/prune";

/// `disabled`: the object is neither applied nor deleted.
pub const RECONCILE: &str = "kustomize.toolkit.fluxcd.io/reconcile";

/// `disabled`: variables in the object are not replaced.
pub const SUBSTITUTE: &str = "kustomize.toolkit.fluxcd.io/substitute";

/// `disabled`: the object is not decrypted.
pub const DECRYPT: &str = "kustomize.toolkit.fluxcd.io/decrypt";

/// Group prefix of metadata in events about Kustomizations.
pub const KUSTOMIZE_GROUP: &str = "kustomize.toolkit.fluxcd.io";

/// Group prefix of metadata in events about sources.
pub const SOURCE_GROUP: &str = "source.toolkit.fluxcd.io";

/// Group of receivers.
pub const NOTIFICATION_GROUP: &str = "notification.toolkit.fluxcd.io";

/// Field manager under which objects from bundles are applied.
pub const APPLY_MANAGER: &str = "kustomize-controller";

/// Field manager under which the status of a Kustomization is written.
pub const KUSTOMIZATION_STATUS_MANAGER: &str = "gotk-kustomize-controller";

/// Field manager under which the status of a source is written.
pub const SOURCE_STATUS_MANAGER: &str = "gotk-source-controller";

/// Field manager under which the status of a receiver is written.
pub const RECEIVER_STATUS_MANAGER: &str = "gotk-notification-controller";
