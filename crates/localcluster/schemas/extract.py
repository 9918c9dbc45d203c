#!/usr/bin/env python3
"""Extracts what localcluster needs from the Kubernetes source tree.

usage: extract.py KUBERNETES_FOLDER   (the Go module k8s.io/kubernetes at the wanted version)

Writes resources.json (discovery of the kinds served) and definitions.json (their schemas, without
descriptions) beside this file. Kubernetes is licensed under Apache-2.0.
"""
import glob, json, os, sys

root = sys.argv[1]
here = os.path.dirname(os.path.abspath(__file__))
GROUPS = {
    "": ["v1"], "apps": ["v1"], "batch": ["v1"], "autoscaling": ["v2"],
    "networking.k8s.io": ["v1"], "rbac.authorization.k8s.io": ["v1"], "policy": ["v1"],
    "storage.k8s.io": ["v1"], "scheduling.k8s.io": ["v1"], "coordination.k8s.io": ["v1"],
    "discovery.k8s.io": ["v1"], "admissionregistration.k8s.io": ["v1"], "node.k8s.io": ["v1"],
    "events.k8s.io": ["v1"], "apiextensions.k8s.io": ["v1"], "authorization.k8s.io": ["v1"],
    "authentication.k8s.io": ["v1"],
}
LEFT_OUT = {"componentstatuses", "podtemplates", "bindings"}
SUBRESOURCES = {"status", "scale", "eviction", "token"}

def slug(ref):
    return ref.split("/")[-1]

def simplify(node):
    if isinstance(node, list):
        return [simplify(n) for n in node]
    if not isinstance(node, dict):
        return node
    if "allOf" in node and len(node["allOf"]) == 1 and "$ref" in node["allOf"][0]:
        rest = {k: v for k, v in node.items() if k != "allOf"}
        return simplify({**rest, **node["allOf"][0]})
    out = {}
    for key, value in node.items():
        if key in ("description", "x-kubernetes-group-version-kind", "x-kubernetes-unions"):
            continue
        if key == "properties":
            out[key] = {k: simplify(v) for k, v in value.items()}
        elif key == "$ref":
            out[key] = slug(value)
        else:
            out[key] = simplify(value)
    return out

definitions, kinds = {}, {}
for path in glob.glob(f"{root}/api/openapi-spec/v3/*.json"):
    schemas = json.load(open(path)).get("components", {}).get("schemas", {})
    for name, schema in schemas.items():
        for gvk in schema.get("x-kubernetes-group-version-kind", []):
            kinds.setdefault((gvk["group"], gvk["version"], gvk["kind"]), name)
        definitions[name] = simplify(schema)

def refs(node, found):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                if value not in found:
                    found.add(value)
                    refs(definitions[value], found)
            else:
                refs(value, found)
    elif isinstance(node, list):
        for value in node:
            refs(value, found)

resources, used = [], set()
for group, versions in GROUPS.items():
    for version in versions:
        file = f"api__{version}" if group == "" else f"apis__{group}__{version}"
        listed = json.load(open(f"{root}/api/discovery/{file}.json"))["resources"]
        for entry in listed:
            if "/" in entry["name"] or entry["name"] in LEFT_OUT:
                continue
            name = entry["name"]
            subs = {s["name"].split("/")[1] for s in listed if s["name"].startswith(name + "/")}
            definition = kinds[(group, version, entry["kind"])]
            used.add(definition)
            resources.append({
                "group": group, "version": version, "plural": name,
                "singular": entry.get("singularName") or entry["kind"].lower(),
                "kind": entry["kind"], "namespaced": entry["namespaced"],
                "shortNames": entry.get("shortNames", []), "categories": entry.get("categories", []),
                "verbs": entry["verbs"], "subresources": sorted(subs & SUBRESOURCES),
                "definition": definition,
            })
for extra in ("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",):
    used.add(extra)
found = set(used)
for name in used:
    refs(definitions[name], found)
json.dump(resources, open(f"{here}/resources.json", "w"), indent=0, separators=(",", ":"))
with open(f"{here}/definitions.json", "w") as out:
    out.write("{\n")
    out.write(",\n".join(f"{json.dumps(n)}:{json.dumps(definitions[n], separators=(',', ':'), sort_keys=True)}" for n in sorted(found)))
    out.write("\n}\n")
