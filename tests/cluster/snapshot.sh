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
    grep "" etc/kubernetes/*.conf | sed -E "s/( [a-z-]+-data:).*/\\1 some/"'
}

# objects NODE: by value, each once, without what the API server writes and without what is random or of this minute.
objects() {
  in_node "$1" '
    kubectl get --all-namespaces --output json \
      configmaps,roles,rolebindings,services,deployments,daemonsets,secrets,serviceaccounts,clusterroles,clusterrolebindings,nodes' |
    jq --sort-keys '[.items[]
      | select(.metadata.namespace | . == null or . == "kube-system" or . == "kube-public")
      | select(.kind != "ServiceAccount" or (.metadata.name | . == "coredns" or . == "kube-proxy"))
      | select(.metadata.labels["kubernetes.io/bootstrapping"] == null)
      | select(.metadata.name | test("^(kube-root-ca.crt|extension-apiserver|kube-apiserver-legacy|system:controller)") | not)
      | {kind, name: .metadata.name, labels: .metadata.labels, spec, rules, roleRef, subjects, secrets, type,
         data: (.data // {} | if any(keys[]; test("token-secret|ca.crt|kubeconfig$|jws"))
           then keys | map(select(startswith("jws-") | not)) else . end)}
      | del(.spec.clusterIP, .spec.clusterIPs, .spec.podCIDR, .spec.podCIDRs)
      | if .kind == "Node" then .spec = [.spec.taints[] | select(.key | startswith("node.kubernetes.io") | not)] else . end
      | if .kind == "Secret" then .name |= sub("-[a-z0-9]{6}$"; "") | .data |= (if type == "object" then keys else . end) else . end]
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
    verified() { openssl verify -CAfile "$@" 2>&1 | grep -v ": OK$"; }
    etcd=() front_proxy=() cluster=()
    for key in $(find pki -name ".kubewright-*" -prune -o -name "*.key" ! -name sa.key -print); do
      certificate=${key%.key}.crt
      case $certificate in
        pki/etcd/* | pki/apiserver-etcd-client.crt) etcd+=($certificate) ;;
        pki/front-proxy-*) front_proxy+=($certificate) ;;
        *) cluster+=($certificate) ;;
      esac
      fits $certificate $key $certificate
    done
    [[ $(cat pki/sa.pub) == "$(of_key pki/sa.key)" ]] || echo "pki/sa.pub does not fit its key"
    for config in *.conf; do
      sed -n "s/ *client-certificate-data: //p" $config | base64 --decode >/tmp/$config.crt
      sed -n "s/ *client-key-data: //p" $config | base64 --decode >/tmp/$config.key
      sed -n "s/ *certificate-authority-data: //p" $config | base64 --decode | cmp - pki/ca.crt || echo "$config has another CA"
      [[ -s /tmp/$config.key ]] || continue
      cluster+=(/tmp/$config.crt)
      fits /tmp/$config.crt /tmp/$config.key $config
    done
    verified pki/etcd/ca.crt "${etcd[@]}"
    verified pki/front-proxy-ca.crt "${front_proxy[@]}"
    verified pki/ca.crt "${cluster[@]}"
    rm -f /tmp/*.conf.{key,crt}
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
