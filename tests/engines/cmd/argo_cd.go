package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
)

const argoNamespace = "argocd"

// argoSettings is what Argo CD wants to find in its namespace. %s is a key that nobody needs to know.
const argoSettings = `{"apiVersion": "v1", "kind": "List", "items": [
{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}},
{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm", "namespace": "argocd",
  "labels": {"app.kubernetes.io/part-of": "argocd", "app.kubernetes.io/name": "argocd-cm"}}},
{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-rbac-cm", "namespace": "argocd",
  "labels": {"app.kubernetes.io/part-of": "argocd", "app.kubernetes.io/name": "argocd-rbac-cm"}}},
{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-gpg-keys-cm", "namespace": "argocd",
  "labels": {"app.kubernetes.io/part-of": "argocd", "app.kubernetes.io/name": "argocd-gpg-keys-cm"}}},
{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "argocd-secret", "namespace": "argocd",
  "labels": {"app.kubernetes.io/part-of": "argocd", "app.kubernetes.io/name": "argocd-secret"}},
  "stringData": {"server.secretkey": "%s"}},
{"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "default", "namespace": "argocd"},
  "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}],
    "clusterResourceWhitelist": [{"group": "*", "kind": "*"}]}}]}`

// A commit is seen within that time, even where nobody says that there is one; Argo CD's own would be minutes.
const argoAttention = "10s"

func startArgoCD(s *session) error {
	program, err := findProgram("argocd")
	if err != nil {
		return err
	}
	sources, err := program.sources()
	if err != nil {
		return err
	}
	if err := s.install("argo-cd", filepath.Join(sources, "manifests", "crds"), ""); err != nil {
		return err
	}
	if _, err := s.kubectl(fmt.Sprintf(argoSettings, secret()), "apply", "--server-side", "-f", "-"); err != nil {
		return err
	}
	redis, err := s.startRedis()
	if err != nil {
		return err
	}
	it, err := s.argoAddresses(redis)
	if err != nil {
		return err
	}
	// They find one another by themselves, so all of them start before any is waited for.
	var waits []func() error
	for _, part := range it.parts() {
		started, err := s.startArgoPart(part)
		if err != nil {
			return err
		}
		if part.probes == nil {
			// It knows no question for its health.
			part.probes = append(part.probes, started.saysOften("Starting Controller", "Starting workers"))
		}
		waits = append(waits, func() error { return s.await(started, "it is ready", all(part.probes...)) })
	}
	for _, wait := range waits {
		if err := wait(); err != nil {
			return err
		}
	}
	return s.tell(func(report *report) {
		report.ArgoCD = &argoReport{argoNamespace, it.server, it.repositories, redis}
		for _, part := range it.parts() {
			report.Metrics[part.name] = part.metrics
		}
	})
}

// argoAddresses are where the parts of Argo CD listen, and how they reach the API server.
type argoAddresses struct {
	kubeconfig, redis, repositories, server string
	ports                                   []int
}

func (s *session) argoAddresses(redis string) (argoAddresses, error) {
	ports, err := s.ports.several(8)
	if err != nil {
		return argoAddresses{}, err
	}
	return argoAddresses{s.report.Kubernetes.Users["argo-cd"].Kubeconfig, redis, loopback(ports[0]), loopback(ports[1]), ports}, nil
}

// argoPart is one process of Argo CD. All of them are the same program under other names.
type argoPart struct {
	name, called string
	arguments    []string
	metrics      string
	probes       []func(context.Context) error
}

func (a argoAddresses) parts() []argoPart {
	metrics := func(at int) string { return "http://" + loopback(a.ports[at]) }
	cluster := []string{"--namespace=" + argoNamespace, "--kubeconfig=" + a.kubeconfig}
	manifests := []string{"--repo-server=" + a.repositories, "--repo-server-plaintext", "--redis=" + a.redis}
	return []argoPart{
		{"argo-cd-repo-server", "argocd-repo-server", []string{
			"--address=127.0.0.1", fmt.Sprintf("--port=%d", a.ports[0]), "--disable-tls", "--redis=" + a.redis,
			"--metrics-address=127.0.0.1", fmt.Sprintf("--metrics-port=%d", a.ports[2]),
		}, metrics(2), []func(context.Context) error{answers(metrics(2)+"/healthz", nil), listens(a.repositories)}},
		{"argo-cd-application-controller", "argocd-application-controller", append(append([]string{
			fmt.Sprintf("--metrics-port=%d", a.ports[3]),
		}, cluster...), manifests...), metrics(3), []func(context.Context) error{answers(metrics(3)+"/healthz", nil)}},
		{"argo-cd-applicationset-controller", "argocd-applicationset-controller", append([]string{
			"--metrics-addr=" + loopback(a.ports[4]), "--probe-addr=" + loopback(a.ports[5]), "--webhook-addr=" + loopback(a.ports[6]),
			"--argocd-repo-server=" + a.repositories, "--repo-server-plaintext",
		}, cluster...), metrics(4), nil},
		{"argo-cd-server", "argocd-server", append(append([]string{
			"--address=127.0.0.1", fmt.Sprintf("--port=%d", a.ports[1]), "--insecure", "--disable-auth",
			"--metrics-address=127.0.0.1", fmt.Sprintf("--metrics-port=%d", a.ports[7]),
		}, cluster...), manifests...), metrics(7), []func(context.Context) error{answers("http://"+a.server+"/healthz", nil)}},
	}
}

func (s *session) startArgoPart(it argoPart) (*process, error) {
	return s.start(spawn{name: it.name, program: "argocd", called: it.called, arguments: it.arguments, more: []string{
		"KUBECONFIG=" + s.report.Kubernetes.Users["argo-cd"].Kubeconfig,
		// "The cluster I am in" is the one that the kubeconfig names.
		"ARGOCD_FAKE_IN_CLUSTER=true", "ARGOCD_GPG_ENABLED=false",
		"ARGOCD_RECONCILIATION_TIMEOUT=" + argoAttention, "ARGOCD_RECONCILIATION_JITTER=0s",
	}})
}

func (s *session) startRedis() (string, error) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return "", err
	}
	version, err := redisVersion()
	if err != nil {
		return "", err
	}
	data, err := s.below("data", "redis")
	if err != nil {
		return "", err
	}
	port, err := s.ports.free()
	if err != nil {
		return "", err
	}
	it, err := s.start(spawn{name: "argo-cd-redis", program: path, arguments: []string{
		"--bind", "127.0.0.1", "--port", fmt.Sprint(port), "--dir", data, "--save", "", "--appendonly", "no", "--daemonize", "no",
	}})
	if err != nil {
		return "", err
	}
	if err := s.await(it, "it takes connections", listens(loopback(port))); err != nil {
		return "", err
	}
	return loopback(port), s.tell(func(report *report) { report.Versions["redis-server"] = version })
}
