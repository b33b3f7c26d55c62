//go:build v1beta3

// The last minor whose kubeadm has v1beta3 is 1.36.

package main

import (
	"reflect"

	"k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/v1beta3"
)

func init() {
	roots["init-v1beta3"] = reflect.TypeFor[v1beta3.InitConfiguration]()
	roots["cluster-v1beta3"] = reflect.TypeFor[v1beta3.ClusterConfiguration]()
	roots["join-v1beta3"] = reflect.TypeFor[v1beta3.JoinConfiguration]()
}
