package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// program is one thing to build: a package of somebody's module, at the version that a module of ours pins.
type program struct {
	name string
	// pins is the folder beside this one whose go.mod and go.sum pin it.
	pins   string
	module string
	source string
	tags   string
	cgo    bool
	// says are the variables that its own build would set, so that it tells its version: {v} is "v1.2.3", {bare}
	// "1.2.3", {major} "1", {minor} "2".
	says []string
	// edit is what is changed in it so that it listens on loopback only.
	edit *edit
}

var kubernetesSays = []string{
	"k8s.io/component-base/version.gitVersion={v}",
	"k8s.io/component-base/version.gitMajor={major}",
	"k8s.io/component-base/version.gitMinor={minor}",
	"k8s.io/component-base/version.gitTreeState=clean",
	"k8s.io/client-go/pkg/version.gitVersion={v}",
}

var clusterAPISays = []string{
	"sigs.k8s.io/cluster-api/version.gitVersion={v}",
	"sigs.k8s.io/cluster-api/version.gitMajor={major}",
	"sigs.k8s.io/cluster-api/version.gitMinor={minor}",
	"sigs.k8s.io/cluster-api/version.gitTreeState=clean",
}

var programs = []program{
	{name: "etcd", pins: "etcd", module: "go.etcd.io/etcd/server/v3", source: "go.etcd.io/etcd/server/v3"},
	kubernetes("kube-apiserver"),
	kubernetes("kubectl"),
	kubernetes("kube-controller-manager"),
	kubernetes("kube-scheduler"),
	{name: "cluster-api", pins: "cluster-api", module: "sigs.k8s.io/cluster-api",
		source: "sigs.k8s.io/cluster-api/core", says: clusterAPISays, edit: &webhooksOnLoopback},
	{name: "clusterctl", pins: "cluster-api", module: "sigs.k8s.io/cluster-api",
		source: "sigs.k8s.io/cluster-api/cmd/clusterctl", says: clusterAPISays},
	{name: "talos-bootstrap", pins: "talos-bootstrap",
		module: "github.com/siderolabs/cluster-api-bootstrap-provider-talos",
		source: "github.com/siderolabs/cluster-api-bootstrap-provider-talos", edit: &webhooksOnLoopback},
	{name: "talos-control-plane", pins: "talos-control-plane",
		module: "github.com/siderolabs/cluster-api-control-plane-provider-talos",
		source: "github.com/siderolabs/cluster-api-control-plane-provider-talos", edit: &webhooksOnLoopback},
	{name: "argocd", pins: "argo-cd", module: "github.com/argoproj/argo-cd/v3",
		source: "github.com/argoproj/argo-cd/v3/cmd", says: []string{
			"github.com/argoproj/argo-cd/v3/common.version={bare}",
			"github.com/argoproj/argo-cd/v3/common.gitTreeState=clean",
		}, edit: &argoOnLoopback},
	flux("source-controller", "flux-source"),
	flux("kustomize-controller", "flux-kustomize"),
	{name: "gitea", pins: "gitea", module: "code.gitea.io/gitea", source: "code.gitea.io/gitea",
		tags: "sqlite sqlite_unlock_notify", cgo: true, says: []string{"main.Version={bare}"}},
	{name: "kustomize", pins: "../manifests", module: "sigs.k8s.io/kustomize/kustomize/v5",
		source: "sigs.k8s.io/kustomize/kustomize/v5"},
	{name: "helm", pins: "../manifests", module: "helm.sh/helm/v3", source: "helm.sh/helm/v3/cmd/helm"},
}

func kubernetes(name string) program {
	return program{name: name, pins: "kubernetes", module: "k8s.io/kubernetes", source: "k8s.io/kubernetes/cmd/" + name,
		says: kubernetesSays}
}

func flux(name, pins string) program {
	return program{name: name, pins: pins, module: "github.com/fluxcd/" + name, source: "github.com/fluxcd/" + name}
}

func findProgram(name string) (program, error) {
	for _, it := range programs {
		if it.name == name {
			return it, nil
		}
	}
	return program{}, fmt.Errorf("%w: there is no program called %q", errUsage, name)
}

// folder is where the module is that pins the program.
func (p program) folder() string { return filepath.Join(home, p.pins) }

// path is where the program lies once it is built.
func (p program) path() string { return filepath.Join(binaries(), p.name) }

// target is where everything that is built goes.
func target() string { return filepath.Join(home, "..", "..", "target", "engines") }

func binaries() string { return filepath.Join(target(), "bin") }

// version is what go.mod requires.
func (p program) version() (string, error) {
	text, err := os.ReadFile(filepath.Join(p.folder(), "go.mod"))
	if err != nil {
		return "", err
	}
	line := regexp.MustCompile(`(?m)^(?:require|)\s*` + regexp.QuoteMeta(p.module) + ` (v\S+)`).FindSubmatch(text)
	if line == nil {
		return "", fmt.Errorf("%s/go.mod does not require %s", p.pins, p.module)
	}
	return string(line[1]), nil
}

// linking are the arguments of the linker.
func (p program) linking(version string) string {
	bare := strings.TrimPrefix(version, "v")
	parts := append(strings.Split(bare, "."), "", "")
	words := strings.NewReplacer("{v}", version, "{bare}", bare, "{major}", parts[0], "{minor}", parts[1])
	linking := "-s -w"
	for _, it := range p.says {
		linking += " -X " + words.Replace(it)
	}
	return linking
}
