//! Generated input: the same files on every machine.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

/// Writes `count` manifests of about 600 bytes in folders of 100.
pub(crate) fn files(folder: &Path, count: usize) {
    for number in 0..count {
        let text = deployment(number) + &config_map(number);
        write(&folder.join(format!("team-{}", number / 100)), &format!("app-{number}.yaml"), &text);
    }
}

/// A base of Deployments and an overlay with a merge patch for each and a JSON patch for all.
pub(crate) fn deployments(folder: &Path, count: usize) -> PathBuf {
    let base = folder.join("base");
    let overlay = folder.join("overlay");
    let objects: Vec<String> = (0..count).map(deployment).collect();
    write(&base, "objects.yaml", &objects.concat());
    write(&base, "kustomization.yaml", "resources: [objects.yaml]\n");
    let mut text = "resources: [../base]\nnamePrefix: prod-\nlabels:\n- pairs: {env: prod}\npatches:\n\
         - target: {kind: Deployment}\n  patch: |-\n    - {op: replace, path: /spec/replicas, value: 5}\n"
        .to_owned();
    for number in 0..count {
        let patch = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: app-{number}}}\nspec:\n  template:\n    spec:\n      \
             containers:\n      - name: main\n        env: [{{name: EXTRA, value: \"{number}\"}}]\n"
        );
        write(&overlay, &format!("patch-{number}.yaml"), &patch);
        let _ = writeln!(text, "- path: patch-{number}.yaml");
    }
    write(&overlay, "kustomization.yaml", &text);
    overlay
}

/// A base of mixed objects that refer to each other, and an overlay that renames and labels them all.
pub(crate) fn renamed(folder: &Path, count: usize) -> PathBuf {
    let overlay = labelled(folder, count);
    let text = "resources: [../base]\nnamespace: prod\nnamePrefix: eu-\ncommonLabels: {env: prod}\n\
                images: [{name: registry.example.com/app, newTag: v2}]\n";
    write(&overlay, "kustomization.yaml", text);
    overlay
}

/// The same base, and an overlay that labels its objects and moves their images.
pub(crate) fn labelled(folder: &Path, count: usize) -> PathBuf {
    let base = folder.join("base");
    let overlay = folder.join("overlay");
    let mut names = Vec::new();
    for (file, start) in (0..count / 2).step_by(50).enumerate() {
        let numbers = start..(start + 50).min(count / 2);
        let text: String = numbers.map(|number| deployment(number) + &config_map(number)).collect();
        names.push(format!("objects-{file}.yaml"));
        write(&base, &names[file], &text);
    }
    write(&base, "kustomization.yaml", &format!("resources: [{}]\n", names.join(", ")));
    let text = "resources: [../base]\ncommonLabels: {env: prod}\n\
                images: [{name: registry.example.com/app, newTag: v2}]\n";
    write(&overlay, "kustomization.yaml", text);
    overlay
}

/// Large definitions, as operators ship them, with a merge patch and a JSON patch each.
pub(crate) fn definitions(folder: &Path, count: usize) -> PathBuf {
    let mut text = "resources:\n".to_owned();
    let mut patches = "patches:\n".to_owned();
    for number in 0..count {
        write(folder, &format!("crd-{number}.yaml"), &definition(number));
        let _ = writeln!(text, "- crd-{number}.yaml");
        let _ = write!(
            patches,
            "- target: {{kind: CustomResourceDefinition, name: kind{number}s.example.com}}\n  patch: |-\n    \
             - {{op: add, path: /metadata/annotations, value: {{patched: \"{number}\"}}}}\n\
             - patch: |-\n    apiVersion: apiextensions.k8s.io/v1\n    kind: CustomResourceDefinition\n    \
             metadata:\n      name: kind{number}s.example.com\n      labels: {{crd: yes-it-is}}\n"
        );
    }
    write(folder, "kustomization.yaml", &(text + &patches));
    folder.to_owned()
}

/// Overlays of overlays, each with a patch and a prefix.
pub(crate) fn chain(folder: &Path, depth: usize) -> PathBuf {
    let objects: String = (0..5).map(deployment).collect();
    write(&folder.join("step-0"), "objects.yaml", &objects);
    write(&folder.join("step-0"), "kustomization.yaml", "resources: [objects.yaml]\n");
    for step in 1..=depth {
        let text = format!(
            "resources: [../step-{}]\nnamePrefix: p{step}-\npatches:\n- target: {{kind: Deployment}}\n  patch: |-\n    \
             apiVersion: apps/v1\n    kind: Deployment\n    metadata: {{name: any, annotations: {{step-{step}: \"yes\"}}}}\n",
            step - 1
        );
        write(&folder.join(format!("step-{step}")), "kustomization.yaml", &text);
    }
    folder.join(format!("step-{depth}"))
}

fn deployment(number: usize) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app-{number}\n  labels:\n    app: app-{number}\nspec:\n  \
         replicas: 2\n  selector:\n    matchLabels:\n      app: app-{number}\n  template:\n    metadata:\n      labels:\n        \
         app: app-{number}\n    spec:\n      containers:\n      - name: main\n        image: registry.example.com/app:v1\n        \
         args: [\"--port\", \"8080\"]\n        envFrom:\n        - configMapRef:\n            name: settings-{number}\n        \
         resources:\n          limits:\n            memory: 64Mi\n          requests:\n            cpu: 10m\n---\n"
    )
}

fn config_map(number: usize) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings-{number}\ndata:\n  number: \"{number}\"\n---\n"
    )
}

/// A definition of some 200 KB: 40 groups of 40 described fields.
fn definition(number: usize) -> String {
    let mut text = format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: kind{number}s.example.com\nspec:\n  \
         group: example.com\n  names: {{kind: Kind{number}, plural: kind{number}s}}\n  scope: Namespaced\n  versions:\n  - name: v1\n    \
         served: true\n    storage: true\n    schema:\n      openAPIV3Schema:\n        type: object\n        properties:\n"
    );
    for group in 0..40 {
        let _ = write!(
            text,
            "          group{group}:\n            description: The settings of group {group}, which belong together.\n            \
             type: object\n            properties:\n"
        );
        for field in 0..40 {
            let _ = write!(
                text,
                "              field{field}:\n                description: |-\n                  Field {field} of group {group}.\n                  \
                 It has two lines of text.\n                type: string\n"
            );
        }
    }
    text
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::create_dir_all(folder).expect("a folder can be made");
    fs::write(folder.join(name), text).expect("a file can be written");
}
