package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func startClusterAPI(s *session) error {
	return s.startProvider(provider{
		name: "cluster-api", manifests: "core/config/default", namespace: "capi-system",
		report: func(report *report, it *namespaced) { report.ClusterAPI = it },
	})
}

func startBootstrap(s *session) error {
	return s.startProvider(provider{
		name: "talos-bootstrap", manifests: "config/default", namespace: "cabpt-system",
		report: func(report *report, it *namespaced) { report.Bootstrap = it },
	})
}

func startControlPlane(s *session) error {
	return s.startProvider(provider{
		name: "talos-control-plane", manifests: "config/default", namespace: "cacppt-system",
		report: func(report *report, it *namespaced) { report.Control = it },
	})
}

// provider is a manager of the Cluster API family: they are all started in the same way.
type provider struct {
	name, manifests, namespace string
	report                     func(*report, *namespaced)
}

func (s *session) startProvider(p provider) error {
	program, err := findProgram(p.name)
	if err != nil {
		return err
	}
	sources, err := program.sources()
	if err != nil {
		return err
	}
	var found [3]int
	for at := range found {
		if found[at], err = s.ports.free(); err != nil {
			return err
		}
	}
	webhooks, health, metrics := loopback(found[0]), loopback(found[1]), loopback(found[2])
	if err := s.install(p.name, filepath.Join(sources, p.manifests), webhooks); err != nil {
		return err
	}
	certificates, err := s.webhookCertificates(p.name)
	if err != nil {
		return err
	}
	it, err := s.start(spawn{name: p.name, program: p.name, more: []string{"POD_NAMESPACE=" + p.namespace}, arguments: []string{
		"--kubeconfig=" + s.report.Kubernetes.Users[p.name].Kubeconfig,
		fmt.Sprintf("--webhook-port=%d", found[0]), "--webhook-cert-dir=" + certificates,
		"--health-addr=" + health, "--diagnostics-address=" + metrics, "--insecure-diagnostics", "--v=2",
	}})
	if err != nil {
		return err
	}
	err = s.await(it, "its webhooks answer and its controllers have synced", all(
		answers("http://"+health+"/readyz", nil), shakesHands(webhooks, s.authority),
		it.saysOften("Starting Controller", "Starting workers"),
	))
	if err != nil {
		return err
	}
	return s.tell(func(report *report) {
		p.report(report, &namespaced{p.namespace, "https://" + webhooks})
		report.Metrics[p.name] = "http://" + metrics + "/metrics"
	})
}

// webhookCertificates is a folder with what a webhook shows, under the names that controllers look for.
func (s *session) webhookCertificates(name string) (string, error) {
	folder, err := s.below("pki", name)
	if err != nil {
		return "", err
	}
	for from, to := range map[string]string{"apiserver.crt": "tls.crt", "apiserver.key": "tls.key"} {
		text, err := os.ReadFile(s.key(from))
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(folder, to), text, 0o600); err != nil {
			return "", err
		}
	}
	return folder, nil
}
