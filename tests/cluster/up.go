package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// up starts a control plane on loopback, writes `kubeconfig` into its folder and prints `ready`.
//
// It stops everything, and removes the folder, when its stdin ends or it is told to stop; a server
// that ends by itself ends the rest, and then the folder with the logs stays.
func up() {
	folder := flag.String("dir", "", "folder for certificates, data, logs and the kubeconfig")
	flag.Parse()
	dir, err := filepath.Abs(*folder)
	check(err)
	for _, name := range []string{"pki", "logs", "etcd"} {
		check(os.MkdirAll(filepath.Join(dir, name), 0o700))
	}
	stop := stopped()
	plane := &plane{dir: dir, ended: make(chan string, 4)}
	config := plane.startServer()

	client := kubernetes.NewForConfigOrDie(config)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ready := make(chan error, 1)
	go func() {
		if err := waitFor(ctx, serverReady(client)); err != nil {
			ready <- err
			return
		}
		plane.startControllers(config.Host)
		ready <- waitFor(ctx, accountExists(client))
	}()
	for {
		select {
		case err := <-ready:
			check(err)
			go pretendKubelet(ctx, client)
			fmt.Println("ready")
		case name := <-plane.ended:
			plane.stop()
			fail(fmt.Errorf("%s ended by itself: see %s", name, filepath.Join(dir, "logs", name)))
		case <-stop:
			cancel()
			plane.stop()
			check(os.RemoveAll(dir))
			return
		}
	}
}

// plane is the set of running servers.
type plane struct {
	dir     string
	pki     *authority
	servers []*exec.Cmd
	ended   chan string
}

// startServer starts etcd and the API server and returns how an administrator reaches it.
func (p *plane) startServer() *rest.Config {
	p.pki = newAuthority(filepath.Join(p.dir, "pki"))
	pki := p.pki
	pki.serving("kube-apiserver")
	pki.signingKey()
	etcd := fmt.Sprintf("http://127.0.0.1:%d", freePort())
	port := freePort()
	server := fmt.Sprintf("https://127.0.0.1:%d", port)

	p.run("etcd", "--data-dir="+filepath.Join(p.dir, "etcd"), "--client-url="+etcd,
		fmt.Sprintf("--peer-url=http://127.0.0.1:%d", freePort()))
	p.run("kube-apiserver", "--etcd-servers="+etcd,
		"--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", port),
		// The address of a cluster on loopback may not stand in Endpoints.
		"--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none",
		"--tls-cert-file="+pki.path("kube-apiserver.crt"), "--tls-private-key-file="+pki.path("kube-apiserver.key"),
		"--client-ca-file="+pki.path("ca.crt"),
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file="+pki.path("tokens.pub"), "--service-account-signing-key-file="+pki.path("tokens.key"),
		"--service-cluster-ip-range=10.0.0.0/24", "--authorization-mode=RBAC", "--allow-privileged=true",
		// It would taint the pretended node before its status is written.
		"--disable-admission-plugins=TaintNodesByCondition")

	admin := filepath.Join(p.dir, "kubeconfig")
	check(os.Rename(pki.kubeconfig("admin", server, "admin", "system:masters"), admin))
	config, err := clientcmd.BuildConfigFromFlags("", admin)
	check(err)
	config.QPS, config.Burst = 200, 400
	return config
}

// startControllers starts what acts on objects; before the API server has its roles, they would be
// refused and end.
func (p *plane) startControllers(server string) {
	pki := p.pki
	controllers := pki.kubeconfig("controllers", server, "system:kube-controller-manager")
	p.run("kube-controller-manager", "--kubeconfig="+controllers,
		"--authentication-kubeconfig="+controllers, "--authorization-kubeconfig="+controllers,
		"--use-service-account-credentials=true", "--leader-elect=false",
		"--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", freePort()),
		"--service-account-private-key-file="+pki.path("tokens.key"), "--root-ca-file="+pki.path("ca.crt"),
		// Nobody renews the lease of a pretended node.
		"--controllers=*,-node-lifecycle-controller,-taint-eviction-controller")
	scheduler := pki.kubeconfig("scheduler", server, "system:kube-scheduler")
	p.run("kube-scheduler", "--kubeconfig="+scheduler,
		"--authentication-kubeconfig="+scheduler, "--authorization-kubeconfig="+scheduler,
		"--leader-elect=false", "--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", freePort()))
}

// run starts this binary as one of its sub-commands.
func (p *plane) run(name string, arguments ...string) {
	self, err := os.Executable()
	check(err)
	log, err := os.Create(filepath.Join(p.dir, "logs", name))
	check(err)
	server := exec.Command(self, append([]string{name}, arguments...)...)
	server.Stdout, server.Stderr = log, log
	// A terminal's Ctrl-C reaches only `up`; if `up` is killed, so are they.
	server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	check(server.Start())
	p.servers = append(p.servers, server)
	go func() {
		_ = server.Wait()
		p.ended <- name
	}()
}

// stop stops the servers, those that use others first; what lingers is killed.
func (p *plane) stop() {
	for i := len(p.servers) - 1; i >= 0; i-- {
		_ = p.servers[i].Process.Signal(syscall.SIGTERM)
	}
	patience := time.After(3 * time.Second)
	for range p.servers {
		select {
		case <-p.ended:
		case <-patience:
			for _, server := range p.servers {
				_ = server.Process.Kill()
			}
			return
		}
	}
}

// stopped returns a channel that answers when stdin ends or a signal asks to stop.
func stopped() <-chan struct{} {
	stop := make(chan struct{}, 2)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		stop <- struct{}{}
	}()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop <- struct{}{}
	}()
	return stop
}

// serverReady asks the API server whether it serves.
func serverReady(client kubernetes.Interface) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		return err
	}
}

// accountExists asks whether the controllers gave the default namespace its account.
func accountExists(client kubernetes.Interface) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := client.CoreV1().ServiceAccounts("default").Get(ctx, "default", get)
		return err
	}
}

// waitFor asks until the answer is yes; after a minute it gives up with the last answer.
func waitFor(ctx context.Context, ask func(context.Context) error) error {
	var last error
	for range 600 {
		if last = ask(ctx); last == nil || ctx.Err() != nil {
			return last
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("not ready after a minute: %w", last)
}

func freePort() int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	defer func() { check(listener.Close()) }()
	return listener.Addr().(*net.TCPAddr).Port
}
