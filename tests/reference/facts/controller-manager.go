//go:build kube_controller_manager

package main

import (
	"github.com/spf13/pflag"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

func flags() *pflag.FlagSet { return of(app.NewControllerManagerCommand) }

func more(func(string, ...any)) {}
