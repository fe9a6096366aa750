package main

import "path/filepath"

const fluxNamespace = "flux-system"

func startFlux(s *session) error {
	space := object{"apiVersion": "v1", "kind": "Namespace", "metadata": object{"name": fluxNamespace}}
	if err := s.apply("flux", []object{space}); err != nil {
		return err
	}
	ports, err := s.ports.several(1)
	if err != nil {
		return err
	}
	artifacts := loopback(ports[0])
	storage, err := s.below("data", "flux")
	if err != nil {
		return err
	}
	err = s.startFluxPart("source-controller", []string{
		"--storage-path=" + storage, "--storage-addr=" + artifacts, "--storage-adv-addr=" + artifacts,
	})
	if err != nil {
		return err
	}
	if err := s.startFluxPart("kustomize-controller", nil); err != nil {
		return err
	}
	return s.tell(func(report *report) { report.Flux = &fluxReport{fluxNamespace, "http://" + artifacts} })
}

func (s *session) startFluxPart(name string, arguments []string) error {
	program, err := findProgram(name)
	if err != nil {
		return err
	}
	sources, err := program.sources()
	if err != nil {
		return err
	}
	if err := s.install("flux-"+name, filepath.Join(sources, "config", "crd"), ""); err != nil {
		return err
	}
	ports, err := s.ports.several(2)
	if err != nil {
		return err
	}
	health, metrics := loopback(ports[0]), loopback(ports[1])
	it, err := s.start(spawn{name: "flux-" + name, program: name, arguments: append([]string{
		"--metrics-addr=" + metrics, "--health-addr=" + health, "--watch-all-namespaces", "--enable-leader-election=false",
	}, arguments...), more: []string{
		"RUNTIME_NAMESPACE=" + fluxNamespace, "KUBECONFIG=" + s.report.Kubernetes.Users["flux"].Kubeconfig,
	}})
	if err != nil {
		return err
	}
	err = s.await(it, "its controllers have synced", all(
		answers("http://"+health+"/readyz", nil), it.saysOften("Starting Controller", "Starting workers"),
	))
	if err != nil {
		return err
	}
	return s.tell(func(report *report) { report.Metrics["flux-"+name] = "http://" + metrics + "/metrics" })
}
