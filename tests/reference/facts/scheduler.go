//go:build kube_scheduler

package main

import (
	"github.com/spf13/pflag"
	"k8s.io/kubernetes/cmd/kube-scheduler/app"
)

func flags() *pflag.FlagSet { return of(app.NewSchedulerCommand) }

func more(func(string, ...any)) {}
