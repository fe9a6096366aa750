package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// report is what engines.json holds: everything that somebody needs who wants to use the engines. Engines that were
// not started are null.
type report struct {
	Format int `json:"format"`
	// State is "starting", "ready", "failed" or "stopped".
	State  string `json:"state"`
	Folder string `json:"folder"`
	// Program stops and starts single processes.
	Program    string            `json:"program"`
	Versions   map[string]string `json:"versions"`
	Programs   map[string]string `json:"programs"`
	Etcd       *etcdReport       `json:"etcd"`
	Kubernetes *kubernetesReport `json:"kubernetes"`
	ClusterAPI *namespaced       `json:"cluster_api"`
	Bootstrap  *namespaced       `json:"talos_bootstrap"`
	Control    *namespaced       `json:"talos_control_plane"`
	ArgoCD     *argoReport       `json:"argo_cd"`
	Flux       *fluxReport       `json:"flux"`
	Git        *gitReport        `json:"git"`
	Gitea      *giteaReport      `json:"gitea"`
	// Metrics are the addresses where an engine tells its own metrics.
	Metrics map[string]string `json:"metrics"`
}

type etcdReport struct {
	URL string `json:"url"`
}

type kubernetesReport struct {
	URL             string            `json:"url"`
	Authority       string            `json:"authority"`     // PEM file
	AuthorityKey    string            `json:"authority_key"` // PEM file: signs client certificates that are accepted
	Kubeconfig      string            `json:"kubeconfig"`    // of admin
	ServiceAccounts serviceAccounts   `json:"service_accounts"`
	Users           map[string]access `json:"users"`
}

type serviceAccounts struct {
	Public  string `json:"public"`
	Private string `json:"private"`
}

// access is how one user reaches the API server.
type access struct {
	Token      string   `json:"token"`
	Groups     []string `json:"groups"`
	Kubeconfig string   `json:"kubeconfig"`
}

// namespaced is an engine that only has a namespace and a webhook.
type namespaced struct {
	Namespace string `json:"namespace"`
	Webhook   string `json:"webhook"`
}

type argoReport struct {
	Namespace  string `json:"namespace"`
	Server     string `json:"server"` // of its own API, in plain HTTP, where nobody is asked who he is
	Repository string `json:"repository_server"`
	Redis      string `json:"redis"`
}

type fluxReport struct {
	Namespace string `json:"namespace"`
	Artifacts string `json:"artifacts"`
}

type gitReport struct {
	URL   string `json:"url"`
	Root  string `json:"root"`
	User  string `json:"user"`
	Token string `json:"token"` // the password of a push; reading needs none
}

type giteaReport struct {
	URL        string      `json:"url"`
	SSH        string      `json:"ssh"`
	SSHHostKey string      `json:"ssh_host_key"` // a line for known_hosts
	Users      []giteaUser `json:"users"`
}

type giteaUser struct {
	Name     string `json:"name"`
	Password string `json:"password"`
	Token    string `json:"token"`
	Admin    bool   `json:"admin"`
}

func reportOf(dir string) string { return filepath.Join(dir, "engines.json") }

func readReport(dir string) (*report, error) {
	var it report
	if err := readJSON(reportOf(dir), &it); err != nil {
		return nil, fmt.Errorf("nothing was started in %s: %w", dir, err)
	}
	return &it, nil
}

// environment are the lines of a file for shells.
func (r *report) environment() string {
	lines := []string{"export PATH=" + quoted(binaries()) + `:"$PATH"`, "export PILOTHOUSE_ENGINES_DIR=" + quoted(r.Folder)}
	add := func(name, value string) { lines = append(lines, "export "+name+"="+quoted(value)) }
	if r.Kubernetes != nil {
		add("KUBECONFIG", r.Kubernetes.Kubeconfig)
	}
	if r.ArgoCD != nil {
		add("ARGOCD_SERVER", r.ArgoCD.Server)
		add("ARGOCD_OPTS", "--plaintext")
	}
	if r.Git != nil {
		add("GIT_SERVER_URL", r.Git.URL)
		add("GIT_SERVER_TOKEN", r.Git.Token)
	}
	if r.Gitea != nil {
		add("GITEA_URL", r.Gitea.URL)
		add("GITEA_TOKEN", r.Gitea.Users[0].Token)
	}
	return strings.Join(lines, "\n") + "\n"
}

// told are the lines for a person.
func (r *report) told() string {
	var lines []string
	add := func(what, where string) { lines = append(lines, fmt.Sprintf("  %-22s %s", what, where)) }
	if r.Etcd != nil {
		add("etcd", r.Etcd.URL)
	}
	if it := r.Kubernetes; it != nil {
		add("Kubernetes API", it.URL)
		add("kubeconfig", it.Kubeconfig)
		var users []string
		for name := range it.Users {
			users = append(users, name)
		}
		sort.Strings(users)
		add("users", strings.Join(users, ", "))
	}
	if r.ArgoCD != nil {
		add("Argo CD", "http://"+r.ArgoCD.Server+", namespace "+r.ArgoCD.Namespace)
	}
	if r.Flux != nil {
		add("Flux", "namespace "+r.Flux.Namespace)
	}
	if r.Git != nil {
		add("Git", r.Git.URL)
	}
	if r.Gitea != nil {
		add("Gitea", r.Gitea.URL+" and "+r.Gitea.SSH)
	}
	add("everything", reportOf(r.Folder))
	add("for a shell", ". "+quoted(filepath.Join(r.Folder, "env")))
	return strings.Join(lines, "\n")
}

// quoted is a word for a shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// writeJSON writes a file that only its owner reads, whole or not at all.
func writeJSON(path string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	fresh := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := os.WriteFile(fresh, append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}

func readJSON(path string, value any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, value)
}
