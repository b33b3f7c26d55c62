# shellcheck shell=bash
# What build and update share: where things are cached, which module makes which component.

reference=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
cache=${KUBEWRIGHT_CACHE:-$HOME/.cache/kubewright}

# Kubernetes does not say which containerd goes with it. Debian's 1.6 is too old for kubelet 1.36.
# shellcheck disable=SC2034 # for those who source this
containerd_version=2.2.1

# The modules stand alone: a go.work above them or in the module cache must not join in.
export GOWORK=off GOFLAGS=-buildvcs=false CGO_ENABLED=0

# tag VERSION IMAGE: the tag that kubeadm VERSION gives to IMAGE.
tag() {
  "$cache/bin/v$1/kubeadm" config images list --kubernetes-version "v$1" | sed -n "s|.*/$2:||p"
}

# module VERSION COMPONENT: the folder whose go.mod makes COMPONENT of Kubernetes VERSION.
module() {
  local found
  case $2 in
    kubeadm | kubernetes | kubeadm-cmd-test) found=v$1 ;;
    etcd | etcdctl | etcdutl) [[ $1 == etcd-v* ]] && found=$1 || found=etcd-v$(tag "$1" etcd | sed 's/-.*//') ;; # 3.6.8-0: the image's build is no module version
    coredns) found=coredns-$(tag "$1" coredns) ;;
    containerd | containerd-shim-runc-v2 | ctr) found=containerd-v$containerd_version ;;
    *) echo "no such component: $2" >&2 && return 1 ;;
  esac
  echo "$reference/$found"
}

# package COMPONENT: what to hand to go build.
package() {
  case $1 in
    kubeadm) echo k8s.io/kubernetes/cmd/kubeadm ;;
    kubeadm-cmd-test) echo k8s.io/kubernetes/cmd/kubeadm/test/cmd ;; # its tests of a kubeadm's command line
    kubernetes) echo . ;;
    etcd) echo go.etcd.io/etcd/server/v3 ;;
    etcdctl | etcdutl) echo "go.etcd.io/etcd/$1/v3" ;;
    coredns) echo github.com/coredns/coredns ;;
    containerd | containerd-shim-runc-v2 | ctr) echo "github.com/containerd/containerd/v2/cmd/$1" ;;
  esac
}
