//go:build kube_apiserver

package main

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
	extensions "k8s.io/apiextensions-apiserver/pkg/apiserver"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/component-base/version"
	aggregator "k8s.io/kube-aggregator/pkg/apiserver/scheme"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/controlplane"
	"k8s.io/kubernetes/pkg/kubeapiserver/options"
)

func flags() *pflag.FlagSet { return of(app.NewAPIServerCommand) }

func more(print func(string, ...any)) {
	off := options.DefaultOffAdmissionPlugins()
	for _, plugin := range options.AllOrderedPlugins {
		print("plugin %s %s", plugin, onOff(!off.Has(plugin)))
	}
	byDefault := controlplane.DefaultAPIResourceConfigSource().GroupVersionConfigs
	for _, scheme := range []*runtime.Scheme{legacyscheme.Scheme, extensions.Scheme, aggregator.Scheme} {
		served := map[schema.GroupVersion]bool{}
		for kind, of := range scheme.AllKnownTypes() {
			if gone := gone(of); gone == 0 || gone > minor() {
				served[kind.GroupVersion()] = true
			} else if gone > 1 {
				print("kind %s %s 1.%d", kind.GroupVersion(), kind.Kind, gone)
			}
		}
		for _, of := range scheme.PrioritizedVersionsAllGroups() {
			// What is not in that map is the extensions' or the aggregator's own, and cannot be switched.
			on, known := byDefault[of]
			print("api %s %s %s", of, onOff(on || !known && scheme != legacyscheme.Scheme), or(served[of], "served"))
		}
	}
}

// gone is the minor that does not serve the kind in this version any more; 0 where there is none. What all groups have is no kind of
// theirs, and served by none.
func gone(of reflect.Type) int {
	if strings.HasPrefix(of.PkgPath(), "k8s.io/apimachinery/") {
		return 1
	}
	removed, has := reflect.New(of).Interface().(interface{ APILifecycleRemoved() (int, int) })
	if !has {
		return 0
	}
	_, minor := removed.APILifecycleRemoved()
	return minor
}

func minor() int {
	minor, err := strconv.Atoi(version.Get().Minor)
	fail(err)
	return minor
}
