#!/usr/bin/env python3
"""Go's API types → one line a field: `apiVersion kind path`, and the minor where only one has it.

    tests/differential/fields.py > tests/differential/fields.txt

reads the sources of both Kubernetes minors from the Go module cache, where building kubeadm has put them. A list is
`[]`, a map with free keys `{}`.
"""
import pathlib
import re
import subprocess

MINORS = {"1.36": "1.36.3", "1.37": "1.37.1"}
KINDS = [
    ("kubeadm.k8s.io/v1beta3", "InitConfiguration", "v1beta3"),
    ("kubeadm.k8s.io/v1beta3", "ClusterConfiguration", "v1beta3"),
    ("kubeadm.k8s.io/v1beta4", "InitConfiguration", "v1beta4"),
    ("kubeadm.k8s.io/v1beta4", "ClusterConfiguration", "v1beta4"),
    ("kubelet.config.k8s.io/v1beta1", "KubeletConfiguration", "kubelet"),
    ("kubeproxy.config.k8s.io/v1alpha1", "KubeProxyConfiguration", "proxy"),
]
# Written as one scalar, though Go holds a struct: its fields are not the format's.
SCALARS = {"BootstrapTokenString", "TimeOrMetaDuration"}


def sources(root, version):
    staged = version.replace("1.", "0.", 1)
    kubeadm = f"kubernetes@v{version}/cmd/kubeadm/app/apis"
    files = {
        "v1beta3": f"{kubeadm}/kubeadm/v1beta3/types.go",
        "v1beta4": f"{kubeadm}/kubeadm/v1beta4/types.go",
        "bootstraptokenv1": f"{kubeadm}/bootstraptoken/v1/types.go",
        "kubelet": f"kubelet@v{staged}/config/v1beta1/types.go",
        "proxy": f"kube-proxy@v{staged}/config/v1alpha1/types.go",
        "logsapi": f"component-base@v{staged}/logs/api/v1/types.go",
        "tracingapi": f"component-base@v{staged}/tracing/api/v1/types.go",
        "componentbaseconfigv1alpha1": f"component-base@v{staged}/config/v1alpha1/types.go",
        "corev1": f"api@v{staged}/core/v1/types.go",
    }
    paths = {package: root / "k8s.io" / file for package, file in files.items()}
    return {package: path.read_text() for package, path in paths.items() if path.exists()}


def structs(text):
    """`{struct: [(Go type, JSON name, embedded)]}` of one source file."""
    found = {}
    for name, body in re.findall(r"^type (\w+) struct \{\n(.*?)^\}", text, re.S | re.M):
        found[name] = [row for row in map(field, body.splitlines()) if row]
    for name, item in re.findall(r"^type (\w+) \[\](\w+)$", text, re.M):
        found[name] = [(f"[]{item}", "", True)]
    return found


def field(line):
    row = re.match(r"\s*(?:(\w+)\s+)?([\w.*\[\]]+)\s+`(.*)`", line)
    tag = row and re.search(r'json:"([^"]*)"', row.group(3))
    if not tag or row.group(2) == "metav1.TypeMeta":
        return None
    json = tag.group(1).split(",")[0]
    return None if json == "-" else (row.group(2), json, not row.group(1) and not json)


def walk(tables, package, kind, prefix):
    for go_type, json, embedded in tables[package][kind]:
        path = prefix if embedded else f"{prefix}.{json}" if prefix else json
        bare = go_type.replace("*", "")
        while bare.startswith(("[]", "map[")):
            path += "[]" if bare.startswith("[]") else "{}"
            bare = bare.split("]", 1)[1]
        home, name = bare.split(".") if "." in bare else (package, bare)
        home = "corev1" if home == "v1" else home
        if name in tables.get(home, {}) and name not in SCALARS:
            yield from walk(tables, home, name, path)
        else:
            yield path


def main():
    command = ["go", "env", "GOMODCACHE"]
    cache = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    seen = {}
    for minor, version in MINORS.items():
        tables = {package: structs(text) for package, text in sources(pathlib.Path(cache), version).items()}
        for api, kind, package in KINDS:
            for path in walk(tables, package, kind, "") if package in tables else ():
                seen.setdefault((api, kind, path), []).append(minor)
    for words, minors in seen.items():
        print(*words, *(minors if len(minors) == 1 else ()))


if __name__ == "__main__":
    main()
