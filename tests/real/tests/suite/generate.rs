//! Random kustomizations: small trees in which features meet, the same for the same seed.

use std::{fmt::Write as _, fs, path::Path};

/// Writes a base and an overlay of it.
pub(crate) fn tree(seed: u64, folder: &Path) {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let base = folder.join("base");
    let overlay = folder.join("overlay");
    for folder in [&base, &overlay] {
        fs::create_dir_all(folder).expect("a folder can be made");
    }
    let apps: Vec<String> = (0..=dice.below(3)).map(|n| format!("app{n}")).collect();
    let objects: String = apps.iter().map(|app| workload(&mut dice, app)).collect();
    write(&base, "objects.yaml", &objects);
    write(&base, "kustomization.yaml", &base_kustomization(&mut dice));
    let text = overlay_kustomization(&mut dice, &apps, &overlay);
    write(&overlay, "kustomization.yaml", &text);
}

/// A Deployment and what it refers to, written in one of several styles.
fn workload(dice: &mut Dice, app: &str) -> String {
    let replicas = dice.below(4);
    let image = dice.pick(&[
        "nginx",
        "nginx:1.25",
        "registry.example.com:5000/shop:v1",
        "busybox@sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3",
    ]);
    let value = dice.pick(&[
        "plain",
        "\"yes\"",
        "'no'",
        "\"0777\"",
        "|\n            two\n            lines",
        "\"a: b\"",
        "''",
    ]);
    let comment = dice.pick(&["", "# the workload\n", "\n"]);
    let mut text = format!(
        "{comment}apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {app}\n  labels: {{app: {app}}}\nspec:\n  replicas: {replicas}\n  \
         selector:\n    matchLabels: {{app: {app}}}\n  template:\n    metadata:\n      labels: {{app: {app}}}\n    spec:\n      \
         containers:\n      - name: main\n        image: {image}\n        env:\n        - name: MODE\n          value: {value}\n        \
         envFrom:\n        - configMapRef: {{name: settings}}\n      - name: side\n        image: {image}\n---\n"
    );
    if dice.chance(2) {
        let _ = write!(
            text,
            "apiVersion: v1\nkind: Service\nmetadata: {{name: {app}}}\nspec:\n  selector: {{app: {app}}}\n  ports: [{{port: 80, targetPort: 8080}}]\n---\n"
        );
    }
    if dice.chance(3) {
        let _ = write!(
            text,
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {app}-files\n  annotations: {{note: \"{}\"}}\ndata:\n  a.txt: {value}\n---\n",
            dice.pick(&["x", "on", "1e3", "~", " padded "])
        );
    }
    text
}

fn base_kustomization(dice: &mut Dice) -> String {
    let mut text = "resources: [objects.yaml]\nconfigMapGenerator:\n- name: settings\n  literals: [color=blue, size=1]\n".to_owned();
    if dice.chance(3) {
        text += "generatorOptions: {disableNameSuffixHash: true, labels: {made: here}}\n";
    }
    if dice.chance(3) {
        text += "secretGenerator:\n- name: key\n  literals: [\"key=a=b\"]\n  type: Opaque\n";
    }
    if dice.chance(3) {
        text += "commonAnnotations: {team: harbor}\n";
    }
    text
}

/// An overlay with a random choice of fields.
fn overlay_kustomization(dice: &mut Dice, apps: &[String], folder: &Path) -> String {
    let mut text = "resources: [../base]\n".to_owned();
    let app = &apps[dice.below(apps.len())];
    let fields = [
        "namespace: prod\n".to_owned(),
        "namePrefix: eu-\n".to_owned(),
        "nameSuffix: -v2\n".to_owned(),
        "commonLabels: {env: prod}\n".to_owned(),
        "labels:\n- pairs: {tier: web}\n  includeSelectors: true\n".to_owned(),
        "labels:\n- pairs: {owner: ada}\n  includeTemplates: true\n".to_owned(),
        "images:\n- {name: nginx, newTag: '2'}\n- {name: registry.example.com:5000/shop, newName: other/shop, digest: 'sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3'}\n".to_owned(),
        format!("replicas:\n- {{name: {app}, count: 7}}\n"),
        "configMapGenerator:\n- name: settings\n  behavior: merge\n  literals: [color=red, extra=true]\n".to_owned(),
        "buildMetadata: [originAnnotations]\n".to_owned(),
        format!("replacements:\n- source: {{kind: ConfigMap, name: settings, fieldPath: data.color}}\n  targets:\n  - select: {{kind: Deployment, name: {app}}}\n    fieldPaths: [\"spec.template.spec.containers.[name=main].env.[name=MODE].value\"]\n"),
    ];
    for field in fields {
        let key = field.split(':').next().unwrap_or_default();
        if dice.chance(3) && !text.lines().any(|line| line.starts_with(&format!("{key}:"))) {
            text += &field;
        }
    }
    if dice.chance(2) {
        text += &patches(dice, app, folder);
    }
    text
}

/// One to three patches of different kinds.
fn patches(dice: &mut Dice, app: &str, folder: &Path) -> String {
    let merge = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {app}}}\nspec:\n  template:\n    spec:\n      containers:\n      \
         - name: main\n        env:\n        - {{name: EXTRA, value: \"1\"}}\n        resources: {{limits: {{memory: 64Mi}}}}\n      \
         - name: side\n        $patch: delete\n"
    );
    write(folder, "merge.yaml", &merge);
    let kinds = [
        "- path: merge.yaml\n".to_owned(),
        format!("- target: {{kind: Deployment, name: {app}}}\n  patch: |-\n    - op: replace\n      path: /spec/replicas\n      value: 9\n    - op: add\n      path: /metadata/annotations\n      value: {{a~1b: \"c\"}}\n"),
        "- target: {kind: Deployment}\n  patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata:\n      name: any\n    spec:\n      strategy: {type: Recreate}\n".to_owned(),
        "- target: {kind: Service, name: app.*}\n  patch: |-\n    - op: test\n      path: /spec/ports/0/port\n      value: 80\n    - op: remove\n      path: /spec/ports/0/targetPort\n".to_owned(),
    ];
    let mut text = "patches:\n".to_owned();
    let first = dice.below(kinds.len());
    for step in 0..=dice.below(2) {
        text += &kinds[(first + step) % kinds.len()];
    }
    text
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).expect("a file can be written");
}

/// A small random generator (xorshift), the same everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).expect("a bound fits");
        usize::try_from(self.next() % bound).expect("what is below a bound fits")
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    fn pick<'a>(&mut self, among: &[&'a str]) -> &'a str {
        among[self.below(among.len())]
    }
}
