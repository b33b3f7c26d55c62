//go:build kube_proxy

package main

import (
	"github.com/spf13/pflag"
	"k8s.io/kubernetes/cmd/kube-proxy/app"
)

func flags() *pflag.FlagSet { return of(app.NewProxyCommand) }

func more(func(string, ...any)) {}
