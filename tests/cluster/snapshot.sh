# shellcheck shell=bash
# shellcheck disable=SC2016 # what stands in single quotes is for the node's shell
# What there is to compare of a control plane, whichever run has made it: its files, its cluster's objects, and what must
# be there exactly once. To be sourced; `here` is this folder.

# in_node NODE COMMANDS: in the node's shell, as the cluster's administrator.
in_node() { "${here:?}/node" exec "$1" bash -c "export KUBECONFIG=/etc/kubernetes/admin.conf; $2" </dev/null; }

# files NODE: modes, the texts of those without keys, the names and uses in certificates, and the users and servers in
# kubeconfigs.
files() {
  in_node "$1" '
    cd / && find etc/kubernetes var/lib/kubelet/{config.yaml,instance-config.yaml,kubeadm-flags.env} -printf "%m %p\n" | sort
    # etcd lists its members by ids, which are random, and so does its static pod.
    sed "s/^ *- --initial-cluster=//" etc/kubernetes/manifests/etcd.yaml | tr , "\n" | sort | sha256sum
    sha256sum etc/kubernetes/manifests/kube-* var/lib/kubelet/{config.yaml,instance-config.yaml,kubeadm-flags.env}
    for file in $(find etc/kubernetes/pki -name "*.crt" | sort); do
      echo $file && openssl x509 -in $file -noout -subject -issuer -ext basicConstraints,keyUsage,extendedKeyUsage,subjectAltName
    done
    for file in etc/kubernetes/*.conf; do echo $file && kubectl config view --kubeconfig $file; done'
}

# objects NODE: by value, each once, without what the API server writes and without what is random or of this minute.
objects() {
  in_node "$1" '
    kubectl get --output json --namespace kube-system configmaps,roles,rolebindings,services,deployments,daemonsets
    kubectl get --output json --namespace kube-public configmaps,roles,rolebindings
    kubectl get --output json --namespace kube-system secrets
    kubectl get --output json --namespace kube-system serviceaccounts coredns kube-proxy
    kubectl get --output json clusterroles,clusterrolebindings
    kubectl get --output json nodes' |
    jq --slurp --sort-keys 'map(.items[] | select(.metadata.labels["kubernetes.io/bootstrapping"] == null)
      | select(.metadata.name | test("^(kube-root-ca.crt|extension-apiserver|kube-apiserver-legacy|system:controller)") | not)
      | {kind, name: .metadata.name, labels: .metadata.labels, spec, rules, roleRef, subjects, secrets, type,
         data: (.data // {} | if any(keys[]; test("token-secret|ca.crt|kubeconfig$|jws"))
           then keys | map(select(startswith("jws-") | not)) else . end)}
      | del(.spec.clusterIP, .spec.clusterIPs, .spec.podCIDR, .spec.podCIDRs)
      | if .kind == "Node" then .spec = [.spec.taints[] | select(.key | startswith("node.kubernetes.io") | not)] else . end
      | if .kind == "Secret" then .name |= sub("-[a-z0-9]{6}$"; "") | .data |= (if type == "object" then keys else . end) else . end)
      | unique[]'
}

# once NODE: what a second run must not make a second time: bootstrap tokens, each by what it is for, and etcd's members.
once() {
  in_node "$1" 'kubectl get --output json --namespace kube-system secrets --field-selector type=bootstrap.kubernetes.io/token' |
    jq --raw-output '.items[].data | map_values(@base64d)
      | del(.["token-id"], .["token-secret"]) | if .expiration then .expiration = "some time" else . end
      | "token " + tojson' | sort
  in_node "$1" 'pki=/etc/kubernetes/pki/etcd
    etcdctl --endpoints https://127.0.0.1:2379 --cacert $pki/ca.crt --cert $pki/healthcheck-client.crt \
      --key $pki/healthcheck-client.key --write-out json member list' |
    jq --raw-output '.members[] | "member \(.name // "unstarted") \(.peerURLs) \(.clientURLs) learner: \(.isLearner // false)"' | sort
}

# pairs NODE: says what does not fit: a key and its certificate, a certificate and its CA; and what a run has left beside.
pairs() {
  in_node "$1" '
    cd /etc/kubernetes || exit 1
    public() { openssl x509 -noout -pubkey -in "$1" 2>&1; }
    of_key() { openssl pkey -pubout -in "$1" 2>&1; }
    fits() { [[ $(public "$1") == "$(of_key "$2")" ]] || echo "$3 does not fit its key"; }
    verified() { openssl verify -CAfile "$1" "$2" >/dev/null 2>&1 || echo "$3 is not of $1"; }
    for key in $(find pki -name "*.key" ! -name sa.key); do
      certificate=${key%.key}.crt
      case $certificate in
        pki/etcd/* | pki/apiserver-etcd-client.crt) ca=pki/etcd/ca.crt ;;
        pki/front-proxy-*) ca=pki/front-proxy-ca.crt ;;
        *) ca=pki/ca.crt ;;
      esac
      fits $certificate $key $certificate
      verified $ca $certificate $certificate
    done
    [[ $(cat pki/sa.pub) == "$(of_key pki/sa.key)" ]] || echo "pki/sa.pub does not fit its key"
    for config in *.conf; do
      sed -n "s/ *client-certificate-data: //p" $config | base64 --decode >/tmp/certificate
      sed -n "s/ *client-key-data: //p" $config | base64 --decode >/tmp/key
      sed -n "s/ *certificate-authority-data: //p" $config | base64 --decode | cmp - pki/ca.crt || echo "$config has another CA"
      [[ -s /tmp/key ]] || continue
      fits /tmp/certificate /tmp/key $config
      verified pki/ca.crt /tmp/certificate $config
    done
    rm -f /tmp/key /tmp/certificate
    find /etc/kubernetes /var/lib/kubelet -name ".kubewright-*" 2>/dev/null'
}

# remains NODE: what of a cluster is on the node: files, pods, mounts, and what runs.
remains() {
  in_node "$1" 'find /etc/kubernetes /var/lib/kubelet /var/lib/etcd 2>&1 | sort
    ctr --namespace k8s.io containers list --quiet 2>/dev/null
    awk "{ print \$2 }" /proc/mounts | grep -E "^/var/lib/kubelet/" || true
    pgrep -la "kube|etcd" || true
    systemctl is-active kubelet || true'
}

# network NODE: packet rules and chains, links, and what plug-ins remember. Tables that stay empty count for nothing.
network() {
  in_node "$1" '{ iptables-nft-save; ip6tables-nft-save; iptables-legacy-save; } 2>/dev/null |
      sed -e "/^#/d" -e "/^\*/d" -e "/^COMMIT/d" -e "/^:[A-Z]* ACCEPT/d"
    ls /sys/class/net /var/lib/cni 2>&1 || true'
}
