// Prints what one component of Kubernetes takes, as its own packages have it: flags, feature gates, and the API server's
// admission plugins and API versions. Which component is a build tag's to say: each links what its real program links, since
// gates are added when packages are loaded.
//
//	flag NAME TYPE deprecated|- DEFAULT
//	gate NAME STAGE on|off locked|-
//	plugin NAME on|off
//	api GROUP/VERSION on|off served|-
//	kind GROUP/VERSION KIND MINOR    not served from this minor on
package main

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/component-base/featuregate"
	"k8s.io/component-base/logs"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
)

func main() {
	lines := map[string]bool{}
	flags().VisitAll(func(flag *pflag.Flag) {
		lines[fmt.Sprintf("flag %s %s %s %q", flag.Name, flag.Value.Type(), or(flag.Deprecated != "", "deprecated"), flag.DefValue)] = true
	})
	for name, spec := range utilfeature.DefaultMutableFeatureGate.GetAll() {
		if stage := stage(spec); stage != "pre-alpha" {
			lines[fmt.Sprintf("gate %s %s %s %s", name, stage, onOff(spec.Default), or(spec.LockToDefault, "locked"))] = true
		}
	}
	more(func(format string, values ...any) { lines[fmt.Sprintf(format, values...)] = true })
	for line := range lines {
		fmt.Println(line)
	}
}

// of is the command's flags as they are once the program parses them.
func of(constructor any) *pflag.FlagSet {
	command := called(constructor).(*cobra.Command)
	command.SetGlobalNormalizationFunc(cliflag.WordSepNormalizeFunc)
	logs.AddFlags(command.PersistentFlags())
	command.InitDefaultHelpFlag()
	all := pflag.NewFlagSet(command.Name(), pflag.ContinueOnError)
	all.AddFlagSet(command.Flags())
	all.AddFlagSet(command.PersistentFlags())
	return all
}

// called is what the constructor returns, which takes a context in some minors.
func called(constructor any) any {
	function := reflect.ValueOf(constructor)
	var arguments []reflect.Value
	if kind := function.Type(); kind.NumIn() == 1 && !kind.IsVariadic() {
		arguments = append(arguments, reflect.ValueOf(context.Background()))
	}
	return function.Call(arguments)[0].Interface()
}

func stage(spec featuregate.FeatureSpec) string {
	if spec.PreRelease == featuregate.GA {
		return "ga"
	}
	return strings.ToLower(fmt.Sprint(spec.PreRelease))
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func or(holds bool, word string) string {
	if holds {
		return word
	}
	return "-"
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
