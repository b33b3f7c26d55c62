//go:build kubelet

package main

import (
	"github.com/spf13/pflag"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/kubernetes/cmd/kubelet/app"
	"k8s.io/kubernetes/cmd/kubelet/app/options"
)

var _ = app.NewKubeletCommand

// The kubelet parses a set of its own, which its command does not show.
func flags() *pflag.FlagSet {
	all := pflag.NewFlagSet("kubelet", pflag.ContinueOnError)
	all.SetNormalizeFunc(cliflag.WordSepNormalizeFunc)
	settings, err := options.NewKubeletConfiguration()
	fail(err)
	options.NewKubeletFlags().AddFlags(all)
	options.AddKubeletConfigFlags(all, settings)
	options.AddGlobalFlags(all)
	all.BoolP("help", "h", false, "")
	return all
}

func more(func(string, ...any)) {}
