# shellcheck shell=bash
# shellcheck disable=SC2034 # some is used by those who source this
# shellcheck disable=SC2016 # what stands in single quotes is for the node's shell
# Whether a command that was killed, and run again, comes to what an uninterrupted run comes to. To be sourced behind
# cluster.sh and snapshot.sh. `work` and `logs` are folders; nodes are called by a letter and the number of
# their cluster, its first control plane by h.

init="init --config /root/config.yaml --upload-certs ${tolerant:?}"
reset="reset --force --network"
renew="certs renew all"

# attempt NODE POINT ARGUMENTS: runs kubewright, killed behind that effect, by number or text (0: not at all) → its exit code in `code`, what
# it has printed in the file that `said` names, and its effects in the node's /root/effects.
attempt() {
  said=${logs:?}/$1.said
  code=0
  in_node "$1" "rm -f /root/effects
    export KUBEWRIGHT_KILL_LOG=/root/effects KUBEWRIGHT_KILL_AFTER='$2'; kubewright $3" >"$said" 2>&1 || code=$?
  [[ $3 != upgrade* || $code != 4 ]] || code=0
}

effects() { in_node "$1" 'cat /root/effects'; }

# What it said when it failed, in one line.
complaint() { grep -m1 -A3 '^error' "$said" | tr -s ' \n' ' ' | cut -c-300 || tail -n1 "$said"; }

# differences NODE: between what there was and what there is, of all that snapshot has written of an uninterrupted run.
differences() {
  local part name wrong=0
  for part in "${work:?}/$1.wanted".*; do
    name=${part##*.}
    diff --unchanged-line-format= --old-line-format='missing: %L' --new-line-format='too much: %L' \
      "$part" "$work/$1.found.$name" >"$work/$1.diff" && continue
    wrong=1
    echo "$name: $(head -n4 "$work/$1.diff" | tr -s ' \n' ' ' | cut -c-300)"
  done
  return "$wrong"
}

# snapshot NODE wanted|found PART...
snapshot() {
  local part
  for part in "${@:3}"; do "$part" "$1" >"$work/$1.$2.$part"; done
}

# uninterrupted COMMAND NODE ARGUMENTS PART...: the run that the others are measured by.
uninterrupted() {
  attempt "$2" 0 "$3"
  [[ $code == 0 ]] || { cat "$said" && return 1; }
  effects "$2" >"$work/$1.effects.$2"
  rm -f "$work/$2.wanted".*
  snapshot "$2" wanted "${@:4}"
}

# set_out NODE ARGUMENTS EFFECT: what an uninterrupted run has written once that effect is done, which the others are measured
# by where they are killed there once more.
set_out() {
  attempt "$1" "$3" "$2"
  [[ $code == 137 ]] || { cat "$said" && return 1; }
  files "$1" | sort -u >"$work/$1.under-way"
}

# under_way NODE: whether it is as far, and has nothing that the uninterrupted run does not have then or in the end. The order of what is
# done side by side is another one in each run.
under_way() {
  local found=$work/$1.found-under-way odd
  files "$1" | sort -u >"$found"
  odd=$(
    comm -13 "$found" "$work/$1.under-way" | sed 's/^/missing: /'
    comm -23 "$found" <(sort -u "$work/$1.under-way" "$work/$1.wanted.files") | sed 's/^/too much: /'
    pairs "$1"
  )
  [[ -z $odd ]] || { echo "under way: $(head -n4 <<<"$odd" | tr -s ' \n' ' ' | cut -c-300)" && return 1; }
}

# --- what runs start from

# clean NODE: as it was before anything, whatever has become of it.
clean() {
  in_node "$1" 'kubewright reset --force --network || kubeadm reset --force
    rm -rf /etc/kubernetes /var/lib/etcd /var/lib/kubelet/* /var/lib/kubelet/.kubewright-*' >"$logs/$1.cleaned" 2>&1 || true
}

# set_up NODE: a cluster, and the control plane of others.
set_up() {
  clean "$1"
  attempt "$1" 0 "$init"
  [[ $code == 0 ]] || { cat "$said" && return 1; }
  keep_orders "$1"
}

# bare NODE: without the objects that init has put into its cluster, which its list of effects names. The administrator's rights
# are one of them.
bare() {
  local scope
  sed -nE 's#^[0-9]+ object .*/namespaces/([^/]+)/([^/]+)/([^/]+)$#--namespace=\1 \2/\3#p
    s#^[0-9]+ object .*/(clusterroles|clusterrolebindings)/([^/]+)$#--all-namespaces=false \1/\2#p' "$work/init.effects.$1" |
    sort >"$work/$1.objects"
  cut -d' ' -f1 "$work/$1.objects" | uniq | while read -r scope; do
    in_node "$1" "KUBECONFIG=/etc/kubernetes/super-admin.conf kubectl delete --wait=false --ignore-not-found $scope $(grep -F -- "$scope " "$work/$1.objects" | cut -d' ' -f2 | tr '\n' ' ')"
  done >"$logs/$1.bared"
  in_node "$1" "export KUBECONFIG=/etc/kubernetes/super-admin.conf
    kubectl label node $1 node-role.kubernetes.io/control-plane- node.kubernetes.io/exclude-from-external-load-balancers-
    kubectl taint node $1 node-role.kubernetes.io/control-plane-" >>"$logs/$1.bared"
}

# keep_orders NODE: those that the init there has printed, for the others to join with.
keep_orders() { mkdir -p "$work/orders-$1" && cp "$said" "$work/orders-$1/init"; }

# order NODE worker|control-plane: what the init of its cluster has printed to join it with.
order() { echo "$(work=$work/orders-$(home "$1") orders "$2") $tolerant"; }

# j1 and w1 join the cluster of h1.
home() { echo "h${1:1}"; }

# take_out NODE: of its host, of etcd, and of the cluster.
take_out() {
  clean "$1"
  in_node "$(home "$1")" "
    etcd() { etcdctl --endpoints https://127.0.0.1:2379 --cacert \$1/ca.crt --cert \$1/server.crt --key \$1/server.key \"\${@:2}\"; }
    pki=/etc/kubernetes/pki/etcd
    for member in \$(etcd \$pki member list | grep -v ', $(home "$1"),' | cut -d, -f1); do etcd \$pki member remove \$member; done
    kubectl delete node --ignore-not-found $1" >"$logs/$1.taken-out" 2>&1 || { cat "$logs/$1.taken-out" && return 1; }
}

# --- what the files and objects alone do not tell

# The token in the orders to join that were printed last is one of the cluster's.
token_is_there() {
  local token
  token=$(grep -m1 -oE -- '--token [a-z0-9]{6}' "$said" | cut -d' ' -f2) || { echo "no token is printed" && return 1; }
  in_node "$1" "kubectl --namespace kube-system get secret bootstrap-token-$token" 2>&1
}

# issued NODE: what a renewal makes anew.
issued() { in_node "$1" 'cd /etc/kubernetes && sha256sum $(find pki -name "*.crt" ! -name "*ca.crt") admin.conf | sort'; }
