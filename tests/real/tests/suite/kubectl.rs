//! What `kubectl` may expect of any Kubernetes API; held against the embedded one and a real one.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
};

use serde_json::Value;
use wharf_real_tests::{Output, Tool};

/// `kubectl` in a namespace of its own.
pub(crate) struct World {
    kubectl: Tool,
    namespace: String,
}

impl World {
    pub(crate) fn new(kubeconfig: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let namespace = format!("kubectl-{}-{count}", std::process::id());
        let kubectl = Tool::built("kubectl");
        fs::write(kubectl.home().join("kubeconfig"), kubeconfig).expect("a file can be written");
        let file = kubectl.home().join("kubeconfig").to_string_lossy().into_owned();
        let world = Self { kubectl: kubectl.with("KUBECONFIG", file), namespace };
        let space =
            format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {}}}\n", world.namespace);
        world.send(&["apply", "--server-side"], &space);
        world
    }

    fn run(&self, arguments: &[&str]) -> String {
        self.kubectl.run(&[&["--namespace", &self.namespace], arguments].concat())
    }

    fn attempt(&self, arguments: &[&str]) -> Output {
        self.kubectl.attempt(&[&["--namespace", &self.namespace], arguments].concat())
    }

    /// Runs with a manifest on stdin.
    fn feed(&self, arguments: &[&str], manifest: &str) -> Output {
        let arguments = [&["--namespace", &self.namespace], arguments, &["--filename", "-"]];
        self.kubectl.feed(&arguments.concat(), manifest.as_bytes())
    }

    /// Runs with a manifest on stdin, which must go well.
    fn send(&self, arguments: &[&str], manifest: &str) -> String {
        let output = self.feed(arguments, manifest);
        assert!(output.success, "{arguments:?}: {}{}", output.stdout, output.stderr);
        output.stdout.trim_end().to_owned()
    }

    fn get(&self, arguments: &[&str]) -> Value {
        let text = self.run(&[&["get", "--output", "json"], arguments].concat());
        serde_json::from_str(&text).expect("kubectl prints JSON")
    }
}

const CONFIG: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: hours}\ndata: {open: '9'}\n";

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: shop, image: 'IMAGE'}]}
";

/// Creates with the commands that speak protobuf.
pub(crate) fn objects_are_created_from_the_command_line(world: &World) {
    world.run(&["create", "configmap", "hours", "--from-literal=open=9"]);
    world.run(&["create", "secret", "generic", "key", "--from-literal=key=anchor"]);
    world.run(&["create", "deployment", "shop", "--image=registry.example.com/shop:1"]);
    world.run(&["create", "service", "clusterip", "shop", "--tcp=80:8080"]);
    world.run(&["rollout", "status", "deployment/shop", "--timeout=30s"]);
    assert_eq!(world.get(&["configmap/hours"])["data"]["open"], "9");
    assert_eq!(world.get(&["secret/key"])["data"]["key"], "YW5jaG9y");
    assert_eq!(world.get(&["service/shop"])["spec"]["ports"][0]["targetPort"], 8080);
}

/// Applies the same manifest twice, then a changed one.
pub(crate) fn applying_the_same_twice_changes_nothing(world: &World) {
    assert_eq!(world.send(&["apply"], CONFIG), "configmap/hours created");
    let version = world.get(&["configmap/hours"])["metadata"]["resourceVersion"].clone();
    assert_eq!(world.send(&["apply"], CONFIG), "configmap/hours unchanged");
    assert_eq!(world.get(&["configmap/hours"])["metadata"]["resourceVersion"], version);
    let later = CONFIG.replace("open: '9'", "close: '17'");
    assert_eq!(world.send(&["apply"], &later), "configmap/hours configured");
    let data = &world.get(&["configmap/hours"])["data"];
    assert_eq!(data, &serde_json::json!({ "close": "17" }));
}

/// Applies one field as two managers.
pub(crate) fn a_field_of_another_manager_is_a_conflict(world: &World) {
    let apply = ["apply", "--server-side"];
    world.send(&[&apply[..], &["--field-manager", "morning"]].concat(), CONFIG);
    let later = CONFIG.replace("'9'", "'10'");
    let output = world.feed(&[&apply[..], &["--field-manager", "evening"]].concat(), &later);
    assert_eq!(output.code, Some(1), "{}", output.stdout);
    assert!(output.stderr.contains("conflict with \"morning\""), "{}", output.stderr);
    assert!(output.stderr.contains(".data.open"), "{}", output.stderr);

    let force = [&apply[..], &["--field-manager", "evening", "--force-conflicts"]].concat();
    world.send(&force, &later);
    let object = world.get(&["configmap/hours", "--show-managed-fields"]);
    let fields = object["metadata"]["managedFields"].as_array().expect("managers are shown");
    let owns = |manager: &str| {
        let entry = fields.iter().find(|entry| entry["manager"] == manager);
        entry.is_some_and(|entry| entry["fieldsV1"].pointer("/f:data/f:open").is_some())
    };
    assert!(owns("evening") && !owns("morning"), "{fields:#?}");
}

/// Asks for a change without making it.
pub(crate) fn a_dry_run_changes_nothing(world: &World) {
    let output = world.send(&["apply", "--server-side", "--dry-run=server"], CONFIG);
    assert!(output.contains("dry run"), "{output}");
    let missing = world.attempt(&["get", "configmap", "hours"]);
    assert!(missing.stderr.contains("NotFound"), "{}", missing.stderr);
}

/// Compares a manifest with what is there; the exit code tells.
pub(crate) fn a_diff_tells_by_its_exit_code(world: &World) {
    world.send(&["apply"], CONFIG);
    assert_eq!(world.feed(&["diff"], CONFIG).code, Some(0));
    let output = world.feed(&["diff"], &CONFIG.replace("'9'", "'10'"));
    assert_eq!(output.code, Some(1), "{}", output.stderr);
    assert!(output.stdout.contains("+  open: \"10\""), "{}", output.stdout);
}

/// Starts a workload whose image exists.
pub(crate) fn a_deployment_rolls_out_and_scales(world: &World) {
    world.send(&["apply"], &DEPLOYMENT.replace("IMAGE", "registry.example.com/shop:1"));
    let rollout = ["rollout", "status", "deployment/shop", "--timeout=30s"];
    assert!(world.run(&rollout).ends_with("successfully rolled out"));
    world.run(&["scale", "deployment/shop", "--replicas=3"]);
    world.run(&rollout);
    let pods = world.get(&["pods", "--selector", "app=shop"]);
    assert_eq!(pods["items"].as_array().map(Vec::len), Some(3));
    let available = ["wait", "--for=condition=Available", "deployment/shop", "--timeout=30s"];
    world.run(&available);
    let table = world.run(&["get", "deployments"]);
    let mut lines = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    assert_eq!(lines.next(), Some(vec!["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]));
    assert_eq!(lines.next().map(|row| row[..4].to_vec()), Some(vec!["shop", "3/3", "3", "3"]));
}

/// Starts a workload whose image cannot be pulled.
pub(crate) fn a_missing_image_shows_in_the_pods(world: &World) {
    world.send(&["apply"], &DEPLOYMENT.replace("IMAGE", "127.0.0.1:1/shop:gone"));
    let rollout = world.attempt(&["rollout", "status", "deployment/shop", "--timeout=4s"]);
    assert!(!rollout.success);
    let table = world.run(&["get", "pods"]);
    let pulling = table.contains("ImagePullBackOff") || table.contains("ErrImagePull");
    assert!(pulling, "{table}");
    let pods = world.get(&["pods"]);
    let container = &pods["items"][0]["status"]["containerStatuses"][0];
    let message = container["state"]["waiting"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("127.0.0.1:1/shop:gone"), "{container:#}");
}

/// Deletes an owner; what it owned goes too.
pub(crate) fn what_a_deleted_object_owned_goes_too(world: &World) {
    world.send(&["apply"], &DEPLOYMENT.replace("IMAGE", "registry.example.com/shop:1"));
    world.run(&["rollout", "status", "deployment/shop", "--timeout=30s"]);
    world.run(&["delete", "deployment", "shop", "--cascade=foreground", "--timeout=30s"]);
    let pods = world.get(&["replicasets"]);
    assert_eq!(pods["items"], serde_json::json!([]));
}

/// Keeps an object with a finalizer until it is released.
pub(crate) fn a_finalizer_keeps_an_object_until_it_is_removed(world: &World) {
    let held = CONFIG.replace("{name: hours}", "{name: hours, finalizers: [example.com/hold]}");
    world.send(&["apply"], &held);
    world.run(&["delete", "configmap", "hours", "--wait=false"]);
    let object = world.get(&["configmap/hours"]);
    assert!(object["metadata"]["deletionTimestamp"].is_string(), "{object:#}");
    let release = r#"{"metadata":{"finalizers":null}}"#;
    world.run(&["patch", "configmap", "hours", "--type=merge", "--patch", release]);
    assert!(!world.attempt(&["get", "configmap", "hours"]).success);
}

/// Registers a kind; its schema gives defaults and refuses what breaks it.
pub(crate) fn a_custom_kind_has_defaults_and_rules(world: &World) {
    let group = format!("{}.example.com", world.namespace);
    let crd = CRD.replace("GROUP", &group);
    world.send(&["apply", "--server-side"], &crd);
    let name = format!("crd/boats.{group}");
    world.run(&["wait", "--for=condition=Established", &name, "--timeout=30s"]);

    let boat = format!("apiVersion: {group}/v1\nkind: Boat\nmetadata: {{name: ada}}\nspec: {{}}\n");
    world.send(&["apply"], &boat);
    let kind = format!("boats.{group}/ada");
    assert_eq!(world.get(&[&kind])["spec"]["seats"], 2);
    let table = world.run(&["get", &format!("boats.{group}")]);
    assert!(table.starts_with("NAME   SEATS"), "{table}");

    let sunk = boat.replace("spec: {}", "spec: {seats: 0}");
    let output = world.feed(&["apply"], &sunk);
    assert!(!output.success);
    let rule = "spec.seats in body should be greater than or equal to 1";
    assert!(output.stderr.contains(rule), "{}", output.stderr);
    let unknown = boat.replace("spec: {}", "spec: {sails: 1}");
    let output = world.feed(&["apply"], &unknown);
    assert!(output.stderr.contains("unknown field \"spec.sails\""), "{}", output.stderr);
    assert!(world.run(&["explain", &format!("boats.{group}")]).contains("Boat"));
}

const CRD: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.GROUP}
spec:
  group: GROUP
  names: {kind: Boat, plural: boats, singular: boat}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns: [{name: Seats, type: integer, jsonPath: .spec.seats}]
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {seats: {type: integer, minimum: 1, default: 2}}}
";

/// Watches while another client changes something.
pub(crate) fn a_watch_sees_a_change(world: &World) {
    world.send(&["apply"], CONFIG);
    let arguments =
        ["--namespace", &world.namespace, "get", "configmap/hours", "--watch", "--output=name"];
    let mut watch = world.kubectl.command(&arguments).stdout(Stdio::piped()).spawn();
    let watch = watch.as_mut().expect("kubectl starts");
    let mut lines = BufReader::new(watch.stdout.take().expect("a pipe")).lines();
    assert_eq!(lines.next().expect("a line").expect("text"), "configmap/hours");
    world.run(&["label", "configmap", "hours", "season=summer"]);
    assert_eq!(lines.next().expect("a line").expect("text"), "configmap/hours");
    watch.kill().expect("kubectl can be stopped");
    watch.wait().expect("kubectl ends");
}

/// Lists what there is by its names, short names and labels.
pub(crate) fn objects_are_found_by_short_name_and_label(world: &World) {
    world.send(&["apply"], CONFIG);
    world.run(&["label", "cm", "hours", "season=summer"]);
    assert_eq!(
        world.run(&["get", "cm", "-l", "season in (summer)", "-o", "name"]),
        "configmap/hours"
    );
    assert_eq!(world.run(&["get", "cm", "-l", "season=winter", "-o", "name"]), "");
    let named = world.run(&["get", "cm", "--field-selector=metadata.name=hours", "-o", "name"]);
    assert_eq!(named, "configmap/hours");
    assert!(world.run(&["api-resources"]).contains("deployments"));
    assert!(world.run(&["explain", "deployment.spec.replicas"]).contains("replicas"));
}

/// Refuses an object that breaks the rules of a built-in kind.
pub(crate) fn a_built_in_kind_has_rules(world: &World) {
    let shop =
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec: {replicas: many}\n";
    let output = world.feed(&["apply", "--server-side"], shop);
    assert!(!output.success, "{}", output.stdout);
    let output = world.feed(&["create"], &CONFIG.replace("hours", "Not_A_Name"));
    assert!(output.stderr.contains("metadata.name: Invalid value"), "{}", output.stderr);
}

/// Makes a test of every agreement for the API that `$world` reaches.
macro_rules! agreements {
    ($world:expr) => {
        crate::kubectl::agreements!($world,
            objects_are_created_from_the_command_line,
            applying_the_same_twice_changes_nothing,
            a_field_of_another_manager_is_a_conflict,
            a_dry_run_changes_nothing,
            a_diff_tells_by_its_exit_code,
            a_deployment_rolls_out_and_scales,
            a_missing_image_shows_in_the_pods,
            what_a_deleted_object_owned_goes_too,
            a_finalizer_keeps_an_object_until_it_is_removed,
            a_custom_kind_has_defaults_and_rules,
            a_watch_sees_a_change,
            objects_are_found_by_short_name_and_label,
            a_built_in_kind_has_rules,
        );
    };
    ($world:expr, $($name:ident,)+) => {
        $(
            #[test]
            fn $name() {
                crate::kubectl::$name(&$world());
            }
        )+
    };
}
pub(crate) use agreements;
