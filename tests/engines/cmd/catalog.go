package main

import (
	"fmt"
	"slices"
	"strings"
)

// engine is something that can be brought up: one or more processes, and what the API server must know of them.
type engine struct {
	name     string
	needs    []string
	programs []string
	start    func(*session) error
}

var catalog = []engine{
	{"etcd", nil, []string{"etcd"}, startEtcd},
	{"kube-apiserver", []string{"etcd"}, []string{"kube-apiserver", "kubectl"}, startAPIServer},
	{"kube-controller-manager", []string{"kube-apiserver"}, []string{"kube-controller-manager"}, startControllerManager},
	{"kube-scheduler", []string{"kube-apiserver"}, []string{"kube-scheduler"}, startScheduler},
	{"hetzner", []string{"kube-apiserver"}, nil, defineHetzner},
	{"cluster-api", []string{"hetzner"}, []string{"cluster-api", "clusterctl"}, startClusterAPI},
	{"talos-bootstrap", []string{"cluster-api"}, []string{"talos-bootstrap"}, startBootstrap},
	{"talos-control-plane", []string{"talos-bootstrap"}, []string{"talos-control-plane"}, startControlPlane},
	{"argo-cd", []string{"kube-apiserver"}, []string{"argocd", "kustomize", "helm"}, startArgoCD},
	{"flux", []string{"kube-apiserver"}, []string{"source-controller", "kustomize-controller"}, startFlux},
	{"git", nil, nil, startGit},
	{"gitea", nil, []string{"gitea"}, startGitea},
}

func findEngine(name string) (engine, error) {
	for _, it := range catalog {
		if it.name == name {
			return it, nil
		}
	}
	var names []string
	for _, it := range catalog {
		names = append(names, it.name)
	}
	return engine{}, fmt.Errorf("%w: there is no engine called %q; there are %s", errUsage, name, strings.Join(names, ", "))
}

// chosen are the engines that are wanted and what they need, in the order of the catalog. Empty lists choose all.
func chosen(only, without []string) ([]engine, error) {
	wanted := map[string]bool{}
	var want func(name string) error
	want = func(name string) error {
		it, err := findEngine(name)
		if err != nil {
			return err
		}
		wanted[name] = true
		for _, need := range it.needs {
			if err := want(need); err != nil {
				return err
			}
		}
		return nil
	}
	for _, name := range without {
		if _, err := findEngine(name); err != nil {
			return nil, err
		}
	}
	if len(only) == 0 {
		for _, it := range catalog {
			only = append(only, it.name)
		}
	}
	for _, name := range only {
		if slices.Contains(without, name) {
			continue
		}
		if err := want(name); err != nil {
			return nil, err
		}
	}
	var found []engine
	for _, it := range catalog {
		if !wanted[it.name] {
			continue
		}
		if slices.Contains(without, it.name) {
			return nil, fmt.Errorf("%w: %s is not wanted, but something else needs it", errUsage, it.name)
		}
		found = append(found, it)
	}
	return found, nil
}

// words are the parts of a list with commas.
func words(list string) []string {
	return strings.FieldsFunc(list, func(it rune) bool { return it == ',' || it == ' ' })
}
