package main

import "fmt"

// startControllerManager starts the controllers that every cluster has: without them nothing that is owned goes with
// its owner, and no namespace ever ends.
func startControllerManager(s *session) error {
	return s.startPart("kube-controller-manager", []string{
		"--root-ca-file=" + s.key("ca.crt"), "--service-account-private-key-file=" + s.key("sa.key"),
		"--cluster-signing-cert-file=" + s.key("ca.crt"), "--cluster-signing-key-file=" + s.key("ca.key"),
		"--service-cluster-ip-range=" + serviceAddresses,
	})
}

func startScheduler(s *session) error { return s.startPart("kube-scheduler", nil) }

// startPart starts a part of Kubernetes' own control plane.
func (s *session) startPart(name string, arguments []string) error {
	port, err := s.ports.free()
	if err != nil {
		return err
	}
	access := s.report.Kubernetes.Users[name].Kubeconfig
	it, err := s.start(spawn{name: name, program: name, arguments: append([]string{
		"--kubeconfig=" + access, "--authentication-kubeconfig=" + access, "--authorization-kubeconfig=" + access,
		"--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", port), "--leader-elect=false",
		"--tls-cert-file=" + s.key("apiserver.crt"), "--tls-private-key-file=" + s.key("apiserver.key"),
	}, arguments...)})
	if err != nil {
		return err
	}
	address := "https://" + loopback(port)
	if err := s.await(it, "healthz", answers(address+"/healthz", s.authority)); err != nil {
		return err
	}
	return s.tell(func(report *report) { report.Metrics[name] = address + "/metrics" })
}
