# shellcheck shell=bash
# What the cluster scripts share: names, labels, and podman as this needs it.

# shellcheck disable=SC2034 # for those who source this
cluster=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
cache=${KUBEWRIGHT_CACHE:-$HOME/.cache/kubewright}

# Every container, volume and network of a run carries this as label and as prefix; nothing else is ever removed.
run=${KUBEWRIGHT_RUN:-kubewright}

# crun refuses the hybrid cgroups of some hosts, and a build or CI container has no systemd to manage cgroups with.
podman() { command podman --runtime runc --cgroup-manager cgroupfs "$@"; }

container() { echo "$run-$1"; }

# The process that is the first in each node of this run.
pids=$cache/.nodes/$run
pidfile() { echo "$pids/$1"; }

# address NAME: the node's address on the run's network.
address() { podman inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$(container "$1")"; }

# pods ADDRESS: the pod range of the node with this address. Worked out, not assigned, so that a node needs no
# cluster to be Ready, and so that nodes know each other's ranges.
pods() { echo "10.244.${1##*.}.0/24"; }

# digest: of standard input, short enough for a tag.
digest() { sha256sum | cut -c-16; }

node_image() { echo "localhost/kubewright-node:v$1"; }
store() { echo "$cache/store/v$1"; }
