# shellcheck shell=bash
# shellcheck disable=SC2034 # used by those who source this
# What the scripts that look at a real cluster share. Sourcing it begins a run of its own, with nothing of it left
# however it ends.
#   BOOTSTRAP  what does the init: kubeadm (default), or a kubewright program's path
#   JOIN       what joins the others: kubeadm (default), or a kubewright program's path
#   RESET      what takes nodes out again: kubeadm (default), or a kubewright program's path
#   VERSION    of Kubernetes (default 1.36.3)

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
version=${VERSION:-1.36.3}
bootstrap=${BOOTSTRAP:-kubeadm}
joiner=${JOIN:-kubeadm}
resetter=${RESET:-kubeadm}
export KUBEWRIGHT_RUN=${KUBEWRIGHT_RUN:-kubewright-$$}
began=$EPOCHREALTIME
passed=0 failed=0
work=$(mktemp -d)
trap 'trap "" INT TERM; "$here/node" down; rm -rf "$work"' EXIT
set -o errtrace
trap 'echo "# ended early, by line $LINENO: $BASH_COMMAND" >&2' ERR
trap 'exit 130' INT # a command in a node makes an ordinary failure of it, which would only fail a check
trap 'exit 143' TERM

# --- checks, one line each

# check WHAT COMMAND...: the command's output is shown only when it fails, and the script goes on.
check() { must "$@" || true; }

# must WHAT COMMAND...: the same for what the script does not go on without, or not in the same way: fails with the command.
must() {
  local what=$1 began=$EPOCHREALTIME
  shift
  if "$@" >"$work/output" 2>&1; then
    ok "$what ($(since "$began"))"
  else
    not_ok "$what ($(since "$began"))"
    sed 's/^/#   /' "$work/output"
    return 1
  fi
}

ok() { passed=$((passed + 1)) && echo "ok - $1"; }
not_ok() { failed=$((failed + 1)) && echo "not ok - $1"; }

since() { awk "BEGIN { printf \"%.1f s\", $EPOCHREALTIME - $1 }"; }

finish() {
  echo "$passed passed, $failed failed in $(since "$began")"
  exit $((failed > 0))
}

# until_true SECONDS COMMAND...: the last try's output is what is seen when none succeeds.
until_true() {
  local deadline=$((SECONDS + $1)) said
  shift
  until said=$("$@" 2>&1); do
    ((SECONDS < deadline)) || { echo "$said" && return 1; }
    sleep 0.2
  done
}

# --- nodes and programs

on() { "$here/node" exec "$@" </dev/null; }
shell() { on "$1" bash -c "$2"; }

declare -A address # of each node: one that is halted cannot be asked

# start_nodes NAME...: which know each other, and the first one as the cluster's endpoint.
start_nodes() {
  local node
  for node; do "$here/node" start "$node" --version "$version" & done
  for node; do wait -n; done # the first failure ends the script
  for node; do address[$node]=$("$here/node" address "$node"); done
  "$here/link" "$@"
  for node; do endpoint "$node" "$1"; done
}

# endpoint NODE CONTROL-PLANE: whom NODE means by the name of the cluster's endpoint. Written in place: the file is a
# mount.
endpoint() {
  shell "$1" "grep -v ' api.test$' /etc/hosts >/root/hosts
    echo '${address[$2]} api.test' >>/root/hosts
    cat /root/hosts >/etc/hosts"
}

# put NODE PROGRAM: makes a kubewright program available in the node, and says how it is called there.
put() {
  if [[ $2 == kubeadm ]]; then echo kubeadm; else "$here/node" copy "$2" "$1:/usr/local/bin/kubewright" && echo kubewright; fi
}

# --- init, join, reset

# configure NODE [ENDPOINT]: the init's configuration.
configure() {
  cat "$here/node-config.yaml" - <<END | "$here/node" exec "$1" tee /root/config.yaml >/dev/null
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v$version
networking:
  podSubnet: 10.244.0.0/16
${2:+controlPlaneEndpoint: $2}
END
}

# 1.35 and newer take cgroup v1 for an error: the host's cgroups are not what is on trial.
tolerant="--ignore-preflight-errors SystemVerification"

# init NODE FLAG...: what it prints is kept, as the others' orders are in it.
# shellcheck disable=SC2086 # words, as in a shell
init() { on "$1" "$(put "$1" "$bootstrap")" init --config /root/config.yaml $tolerant "${@:2}" | tee "$work/init"; }

# orders worker|control-plane: the join command as init prints it, its lines joined, without the program's name.
orders() {
  sed -e ':a' -e '/\\$/{N;s/\\\n//;ba' -e '}' "$work/init" | tr '\t' ' ' | tr -s ' ' |
    grep -oE 'join [^ ]+:[0-9]+ .*--discovery-token-ca-cert-hash sha256:[0-9a-f]+( --control-plane .*)?' |
    case $1 in
      worker) grep -v -- --control-plane ;;
      control-plane) grep -- --control-plane ;;
    esac
}

# join NODE worker|control-plane FLAG...
join() {
  local orders
  orders=$(orders "$2") || { echo "init printed no join command for a $2" && return 1; }
  # shellcheck disable=SC2086 # words, as in a shell
  on "$1" "$(put "$1" "$joiner")" $orders $tolerant "${@:3}"
}

reset() { on "$1" "$(put "$1" "$resetter")" reset --force; }

# What a failed command leaves to look at on a node: the kubelet's last words and those of each container that it started.
diagnose() {
  on "$1" sh -c 'journalctl --no-pager --unit kubelet --lines 30; tail --lines 10 /var/log/pods/*/*/*.log' 2>&1 |
    sed 's/^/#   /' || true # tail's complaint when there is none
}

# --- what a cluster looks like

control_plane=cp1 # where it is looked at
kubectl() { on "$control_plane" kubectl --kubeconfig /etc/kubernetes/admin.conf "$@"; }

# ready WHAT...: kubectl wait alone fails at once on what is not there yet; so does its --for create, where that is more than one.
ready() { until_true 60 kubectl get "$@" && kubectl wait --for condition=Ready --timeout 60s "$@"; }
rolled_out() { kubectl --namespace kube-system rollout status "$1" --timeout 90s; }
static_pods_ready() { ready --namespace kube-system pod {etcd,kube-apiserver,kube-controller-manager,kube-scheduler}-"$1"; }

# Only the first control plane has a super-admin.conf.
certificates_known() {
  on "$1" kubeadm certs check-expiration >"$work/certificates" 2>&1 || { cat "$work/certificates" && return 1; }
  cat "$work/certificates"
  ! grep MISSING "$work/certificates" | grep -v super-admin.conf && grep -q '^apiserver ' "$work/certificates"
}

# A control plane is marked as one, and no worker is.
marked() {
  node_has "$1" '(.metadata.labels | has("node-role.kubernetes.io/control-plane")) and
    (.metadata.labels | has("node.kubernetes.io/exclude-from-external-load-balancers")) and
    any(.spec.taints[]?; .key == "node-role.kubernetes.io/control-plane" and .effect == "NoSchedule")'
}
unmarked() {
  node_has "$1" '(.metadata.labels | has("node-role.kubernetes.io/control-plane") | not) and
    all(.spec.taints[]?; .key != "node-role.kubernetes.io/control-plane")'
}

# node_has NODE FILTER: what there is instead is seen when the check fails.
node_has() {
  kubectl get node "$1" --output json >"$work/node" && jq '{labels: .metadata.labels, taints: .spec.taints}' "$work/node" &&
    jq --exit-status "$2" "$work/node"
}

# A node's credentials are its own, not the ones that it came with.
no_bootstrap_credentials() {
  shell "$1" '[[ -e /etc/kubernetes/kubelet.conf && -e /var/lib/kubelet/pki/kubelet-client-current.pem ]] &&
    ! ls /etc/kubernetes/bootstrap-kubelet.conf && ! grep token: /etc/kubernetes/kubelet.conf'
}

# start_pod NAME NODE COMMAND...: of the image that nodes have.
start_pod() {
  kubectl run "$1" --image localhost/debian:bookworm --image-pull-policy Never \
    --overrides "{\"spec\": {\"nodeName\": \"$2\"}}" --command -- "${@:3}"
  ready pod "$1"
}

# --- etcd

etcdctl() {
  local pki=/etc/kubernetes/pki/etcd
  on "$control_plane" etcdctl --endpoints https://127.0.0.1:2379 --cacert $pki/ca.crt \
    --cert $pki/healthcheck-client.crt --key $pki/healthcheck-client.key --write-out json "$@"
}

# One line a member, with all that must be right about it; one that has not started has no name.
members() {
  etcdctl member list >"$work/members" 2>&1 || { cat "$work/members" && return 1; }
  jq --raw-output '.members[] | "\(.name // "unstarted") peer \(.peerURLs | join(",")) client \(.clientURLs // [] | join(","))"
    + if .isLearner then " learner" else " voter" end' "$work/members" | sort
}

# members_are NODE...: exactly these, each of them started, and with a vote.
members_are() {
  local node
  for node in "$@"; do
    echo "$node peer https://${address[$node]}:2380 client https://${address[$node]}:2379 voter"
  done | sort >"$work/wanted"
  members >"$work/found" && diff "$work/wanted" "$work/found"
}

# healthy NUMBER: that many members answer. etcdctl fails when one does not.
healthy() {
  etcdctl endpoint health --cluster >"$work/health" 2>"$work/errors" || true
  cat "$work/health" "$work/errors"
  [[ $(jq '[.[] | select(.health)] | length' "$work/health") == "$1" ]]
}
