// Testcluster is one binary that holds a whole Kubernetes control plane for tests.
//
// etcd, the API server, the controller manager, the scheduler and kubectl are sub-commands; `up`
// starts the servers, each as a process of its own: upstream's signal handling may be claimed only
// once per process, and it is claimed while a command is constructed.
//
// `cargo xtask cluster` builds and starts it.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

const usage = "usage: testcluster up|etcd|kube-apiserver|kube-controller-manager|kube-scheduler|kubectl [FLAG]..."

func main() {
	// Linked under the name of a sub-command, the binary is that program.
	part := filepath.Base(os.Args[0])
	if part != "kubectl" {
		if len(os.Args) < 2 {
			fail(errors.New(usage))
		}
		os.Args = os.Args[1:]
		part = os.Args[0]
	}
	switch part {
	case "up":
		up()
	case "etcd":
		etcd()
	case "kube-apiserver":
		run(apiserver.NewAPIServerCommand())
	case "kube-controller-manager":
		run(controllers.NewControllerManagerCommand())
	case "kube-scheduler":
		run(scheduler.NewSchedulerCommand())
	case "protobuf-table":
		table()
	case "kubectl":
		run(kubectl.NewDefaultKubectlCommand())
	default:
		fail(errors.New(usage))
	}
}

func run(command *cobra.Command) {
	os.Exit(cli.Run(command))
}

func check(err error) {
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "testcluster:", err)
	os.Exit(1)
}
