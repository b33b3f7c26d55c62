//go:build v1beta4

// The first minor whose kubeadm has v1beta4 is 1.31.

package main

import (
	"reflect"

	"k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/v1beta4"
)

func init() {
	roots["init-v1beta4"] = reflect.TypeFor[v1beta4.InitConfiguration]()
	roots["cluster-v1beta4"] = reflect.TypeFor[v1beta4.ClusterConfiguration]()
	roots["join-v1beta4"] = reflect.TypeFor[v1beta4.JoinConfiguration]()
	roots["reset-v1beta4"] = reflect.TypeFor[v1beta4.ResetConfiguration]()
	roots["upgrade-v1beta4"] = reflect.TypeFor[v1beta4.UpgradeConfiguration]()
}
