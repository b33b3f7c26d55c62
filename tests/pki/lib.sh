# What the trees of tests/pki are made with: openssl alone, so that nothing here is judged by what made it.
# Sourced with `root` set, the folder that stands for a host's /.
# shellcheck shell=bash disable=SC2154,SC2120

pki=$root/etc/kubernetes/pki
conf=$root/etc/kubernetes
manifests=$conf/manifests
kubelet=$root/var/lib/kubelet
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# key FILE [ALGORITHM]: a new private key: p256, p224 or rsa1024.
key() {
  case ${2:-p256} in
    p256) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" ;;
    p224) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp224r1 -out "$1" ;;
    rsa1024) openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out "$1" 2>"$work/said" ;;
  esac
  chmod 600 "$1"
}

# issue KEY OUT SUBJECT EXTENSIONS [CA-CERTIFICATE CA-KEY]: signed by that CA, or by itself.
# FROM and TO are dates for date(1), MD the digest, SERIAL a fixed serial number.
issue() {
  local own=$1 out=$2 subject=$3 extensions=$4 signer=()
  if (( $# > 4 )); then signer=(-cert "$5" -keyfile "$6"); else signer=(-selfsign -keyfile "$own"); fi
  : >"$work/index"
  printf '%s\n' "${SERIAL:-$(openssl rand -hex 8 | sed 's/^./5/')}" >"$work/serial"
  printf '%s\n' '[ca]' 'default_ca=x' '[x]' "database=$work/index" "serial=$work/serial" "new_certs_dir=$work" 'policy=p' \
    'unique_subject=no' 'preserve=yes' '[p]' 'commonName=optional' 'organizationName=optional' >"$work/cnf"
  printf '%s\n' '[v]' "$extensions" >"$work/extensions"
  openssl req -new -key "$own" -subj "$subject" -out "$work/csr" -config /dev/null 2>"$work/said" ||
    openssl req -new -key "$own" -subj "$subject" -out "$work/csr" 2>"$work/said"
  openssl ca -batch -notext -config "$work/cnf" "${signer[@]}" -in "$work/csr" -out "$out" -md "${MD:-sha256}" \
    -startdate "$(date -u -d "${FROM:--1 day}" +%Y%m%d%H%M%SZ)" -enddate "$(date -u -d "${TO:-+364 days}" +%Y%m%d%H%M%SZ)" \
    -extfile "$work/extensions" -extensions v 2>"$work/said" || { cat "$work/said" >&2; return 1; }
  chmod 644 "$out"
}

CA_EXTENSIONS='basicConstraints=critical,CA:TRUE
keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign
subjectKeyIdentifier=hash'

LEAF='basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
authorityKeyIdentifier=keyid'
SERVER="$LEAF
extendedKeyUsage=serverAuth"
CLIENT="$LEAF
extendedKeyUsage=clientAuth"
BOTH="$LEAF
extendedKeyUsage=serverAuth,clientAuth"

API_NAMES='subjectAltName=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,DNS:cp1,IP:10.96.0.1,IP:10.0.0.1'
ETCD_NAMES='subjectAltName=DNS:cp1,DNS:localhost,IP:10.0.0.1,IP:127.0.0.1,IP:::1'

# ca STEM SUBJECT: a CA, with a new key unless it has one.
ca() {
  [[ -e $1.key ]] || key "$1.key"
  FROM=${FROM:--1 day} TO=${TO:-+3649 days} issue "$1.key" "$1.crt" "$2" "${3:-$CA_EXTENSIONS}"
}

# leaf STEM CA-STEM SUBJECT EXTENSIONS: a pair, with a new key unless it has one.
leaf() {
  [[ -e $1.key ]] || key "$1.key"
  issue "$1.key" "$1.crt" "$3" "$4" "$2.crt" "$2.key"
}

# Each of kubeadm's pairs, by its name.
apiserver() { leaf "$pki/apiserver" "${1:-$pki/ca}" /CN=kube-apiserver "${2:-$SERVER
$API_NAMES}"; }
kubelet_client() { leaf "$pki/apiserver-kubelet-client" "${1:-$pki/ca}" /O=kubeadm:cluster-admins/CN=kube-apiserver-kubelet-client "${2:-$CLIENT}"; }
etcd_client() { leaf "$pki/apiserver-etcd-client" "${1:-$pki/etcd/ca}" /CN=kube-apiserver-etcd-client "${2:-$CLIENT}"; }
front_proxy_client() { leaf "$pki/front-proxy-client" "${1:-$pki/front-proxy-ca}" "${3:-/CN=front-proxy-client}" "${2:-$CLIENT}"; }
etcd_server() { leaf "$pki/etcd/server" "${1:-$pki/etcd/ca}" /CN=cp1 "${2:-$BOTH
$ETCD_NAMES}"; }
etcd_peer() { leaf "$pki/etcd/peer" "${1:-$pki/etcd/ca}" /CN=cp1 "${2:-$BOTH
$ETCD_NAMES}"; }
healthcheck() { leaf "$pki/etcd/healthcheck-client" "${1:-$pki/etcd/ca}" /CN=kube-etcd-healthcheck-client "${2:-$CLIENT}"; }

data() { base64 -w0 "$1"; }

# kubeconfig NAME SUBJECT [CA-FILE [SIGNER-STEM [SERVER]]]: with all of it inside.
kubeconfig() {
  local stem=$work/$1
  rm -f "$stem.key"
  leaf "$stem" "${4:-$pki/ca}" "$2" "$CLIENT"
  cat >"$conf/$1.conf" <<END
apiVersion: v1
kind: Config
current-context: c
clusters: [{name: k, cluster: {server: 'https://${5:-10.0.0.1:6443}', certificate-authority-data: $(data "${3:-$pki/ca.crt}")}}]
contexts: [{name: c, context: {cluster: k, user: u}}]
users: [{name: u, user: {client-certificate-data: $(data "$stem.crt"), client-key-data: $(data "$stem.key")}}]
END
  chmod 600 "$conf/$1.conf"
}

# kubelet_conf [CA-FILE [SUBJECT]]: the kubelet's, whose pair is in a file behind a link.
kubelet_conf() {
  local file=$kubelet/pki/kubelet-client-2026-11-01-00-00-00.pem
  rm -f "$work/kubelet.key"
  leaf "$work/kubelet" "$pki/ca" "${2:-/O=system:nodes/CN=system:node:cp1}" "$CLIENT"
  cat "$work/kubelet.crt" "$work/kubelet.key" >"$file"
  chmod 600 "$file"
  ln -sfn "${file##*/}" "$kubelet/pki/kubelet-client-current.pem"
  cat >"$conf/kubelet.conf" <<END
apiVersion: v1
kind: Config
current-context: c
clusters: [{name: k, cluster: {server: 'https://10.0.0.1:6443', certificate-authority-data: $(data "${1:-$pki/ca.crt}")}}]
contexts: [{name: c, context: {cluster: k, user: u}}]
users: [{name: u, user: {client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem, client-key: /var/lib/kubelet/pki/kubelet-client-current.pem}}]
END
  chmod 600 "$conf/kubelet.conf"
}

# kubeconfigs [CA-FILE]: all but the kubelet's.
kubeconfigs() {
  kubeconfig admin /O=kubeadm:cluster-admins/CN=kubernetes-admin "$@"
  kubeconfig controller-manager /CN=system:kube-controller-manager "$@"
  kubeconfig scheduler /CN=system:kube-scheduler "$@"
}

# manifest NAME FLAG…: a static pod that mounts what kubeadm's mount.
manifest() {
  local name=$1 flag
  shift
  {
    printf '%s\n' 'apiVersion: v1' 'kind: Pod' "metadata: {name: $name, namespace: kube-system}" 'spec:' '  containers:' "  - name: $name" \
      '    command:' "    - $name"
    for flag; do printf '    - %s\n' "$flag"; done
    printf '%s\n' '    volumeMounts:' '    - {mountPath: /etc/kubernetes, name: all, readOnly: true}' \
      '    - {mountPath: /etc/ssl/etcd, name: etcd, readOnly: true}' '  volumes:' \
      '  - {name: all, hostPath: {path: /etc/kubernetes}}' '  - {name: etcd, hostPath: {path: /etc/ssl/etcd}}'
  } >"$manifests/$name.yaml"
  chmod 600 "$manifests/$name.yaml"
}

manifests() {
  local p=/etc/kubernetes/pki
  manifest kube-apiserver --advertise-address=10.0.0.1 --client-ca-file=$p/ca.crt --etcd-cafile=$p/etcd/ca.crt \
    --etcd-certfile=$p/apiserver-etcd-client.crt --etcd-keyfile=$p/apiserver-etcd-client.key --etcd-servers=https://127.0.0.1:2379 \
    --kubelet-client-certificate=$p/apiserver-kubelet-client.crt --kubelet-client-key=$p/apiserver-kubelet-client.key \
    --proxy-client-cert-file=$p/front-proxy-client.crt --proxy-client-key-file=$p/front-proxy-client.key \
    --requestheader-allowed-names=front-proxy-client --requestheader-client-ca-file=$p/front-proxy-ca.crt --secure-port=6443 \
    --service-account-key-file=$p/sa.pub --service-account-signing-key-file=$p/sa.key --service-cluster-ip-range=10.96.0.0/12 \
    --tls-cert-file=$p/apiserver.crt --tls-private-key-file=$p/apiserver.key
  manifest kube-controller-manager --client-ca-file=$p/ca.crt --requestheader-client-ca-file=$p/front-proxy-ca.crt --root-ca-file=$p/ca.crt \
    --cluster-signing-cert-file=$p/ca.crt --cluster-signing-key-file=$p/ca.key --service-account-private-key-file=$p/sa.key \
    --kubeconfig=/etc/kubernetes/controller-manager.conf --authentication-kubeconfig=/etc/kubernetes/controller-manager.conf
  manifest kube-scheduler --kubeconfig=/etc/kubernetes/scheduler.conf --authentication-kubeconfig=/etc/kubernetes/scheduler.conf
  manifest etcd --name=cp1 --advertise-client-urls=https://10.0.0.1:2379 --listen-client-urls=https://127.0.0.1:2379,https://10.0.0.1:2379 \
    --initial-advertise-peer-urls=https://10.0.0.1:2380 --initial-cluster=cp1=https://10.0.0.1:2380 --cert-file=$p/etcd/server.crt \
    --key-file=$p/etcd/server.key --trusted-ca-file=$p/etcd/ca.crt --peer-cert-file=$p/etcd/peer.crt --peer-key-file=$p/etcd/peer.key \
    --peer-trusted-ca-file=$p/etcd/ca.crt
}

# flag MANIFEST NAME VALUE: another value.
flag() { sed -i "s|--$2=.*|--$2=$3|" "$manifests/$1.yaml"; }

# A whole control plane in kubeadm's layout.
control_plane() {
  mkdir -p "$pki/etcd" "$manifests" "$kubelet/pki"
  ca "$pki/ca" /CN=kubernetes
  ca "$pki/front-proxy-ca" /CN=front-proxy-ca
  ca "$pki/etcd/ca" /CN=etcd-ca
  apiserver; kubelet_client; etcd_client; front_proxy_client; etcd_server; etcd_peer; healthcheck
  key "$pki/sa.key"
  openssl pkey -in "$pki/sa.key" -pubout -out "$pki/sa.pub"
  kubeconfigs
  kubelet_conf
  manifests
  printf '%s\n' 'kind: KubeletConfiguration' 'apiVersion: kubelet.config.k8s.io/v1beta1' \
    'authentication: {x509: {clientCAFile: /etc/kubernetes/pki/ca.crt}}' 'rotateCertificates: true' \
    'staticPodPath: /etc/kubernetes/manifests' >"$kubelet/config.yaml"
  echo cp1 >"$root/etc/hostname"
}

# What of a control plane's tree a worker has; the rest is in $work.
worker() {
  cp -r "$pki/." "$work"
  rm -r "$pki" "$manifests" "$conf"/{admin,controller-manager,scheduler}.conf
  mkdir -p "$pki" "$manifests"
  cp "$work/ca.crt" "$pki/ca.crt"
}

# An issuing CA below the cluster's, at a path outside of the tree.
issuing_ca() {
  key "$work/issuing.key"
  TO='+3000 days' issue "$work/issuing.key" "$work/issuing.crt" '/CN=Issuing CA' "$CA_EXTENSIONS
authorityKeyIdentifier=keyid" "$pki/ca.crt" "$pki/ca.key"
}
