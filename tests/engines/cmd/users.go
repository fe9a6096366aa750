package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// apiUser is somebody whom the API server knows by a token.
type apiUser struct {
	name   string
	groups []string
}

const masters = "system:masters"

// Engines have users of their own, so that an audit log tells them apart. They may do everything: what they are
// allowed in a cluster is no question here.
var engineUsers = []string{
	"kube-controller-manager", "kube-scheduler", "cluster-api", "talos-bootstrap", "talos-control-plane", "argo-cd", "flux",
}

// usersOf are the users of an API server: admin may do everything, reader may read all but secrets, and stranger may
// do nothing.
func usersOf(wishes wishes) []apiUser {
	users := []apiUser{{"admin", []string{masters}}, {"reader", []string{"readers"}}, {"stranger", nil}}
	for _, name := range engineUsers {
		users = append(users, apiUser{name, []string{masters}})
	}
	return append(users, wishes.users...)
}

// letReaders lets the group readers read everything but secrets.
const letReaders = `{"apiVersion": "v1", "kind": "List", "items": [
{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "engines-readers"}, "rules": [
  {"apiGroups": [""], "verbs": ["get", "list", "watch"], "resources": ["bindings", "componentstatuses", "configmaps",
    "endpoints", "events", "limitranges", "namespaces", "namespaces/status", "nodes", "nodes/status",
    "persistentvolumeclaims", "persistentvolumeclaims/status", "persistentvolumes", "persistentvolumes/status", "pods",
    "pods/log", "pods/status", "podtemplates", "replicationcontrollers", "replicationcontrollers/scale",
    "replicationcontrollers/status", "resourcequotas", "resourcequotas/status", "serviceaccounts", "services",
    "services/status"]},
  {"apiGroups": [%s], "verbs": ["get", "list", "watch"], "resources": ["*"]}]},
{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "engines-readers"},
  "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "engines-readers"},
  "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "readers"}]}]}`

var readableGroups = []string{
	"admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "apps", "autoscaling", "batch",
	"certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "networking.k8s.io",
	"node.k8s.io", "policy", "rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io",
	"cluster.x-k8s.io", "bootstrap.cluster.x-k8s.io", "controlplane.cluster.x-k8s.io",
	"infrastructure.cluster.x-k8s.io", "addons.cluster.x-k8s.io", "ipam.cluster.x-k8s.io", "runtime.cluster.x-k8s.io",
	"argoproj.io", "source.toolkit.fluxcd.io", "kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io",
}

func readersRole() string {
	groups, _ := json.Marshal(readableGroups)
	return fmt.Sprintf(letReaders, strings.Trim(string(groups), "[]"))
}

// admit writes the token file of the API server and a kubeconfig for each user.
func (s *session) admit(address string) (map[string]access, error) {
	given := map[string]access{}
	var lines strings.Builder
	for _, it := range usersOf(s.wishes) {
		token := secret()
		fmt.Fprintf(&lines, "%s,%s,%s,%q\n", token, it.name, it.name, strings.Join(it.groups, ","))
		path := filepath.Join(s.dir, "kubeconfigs", it.name)
		if err := os.WriteFile(path, s.kubeconfig(address, it.name, token), 0o600); err != nil {
			return nil, err
		}
		given[it.name] = access{token, append([]string{}, it.groups...), path}
	}
	return given, os.WriteFile(filepath.Join(s.dir, "pki", "tokens.csv"), []byte(lines.String()), 0o600)
}

// kubeconfig is in JSON, which is YAML.
func (s *session) kubeconfig(address, name, token string) []byte {
	type object = map[string]any
	cluster := s.wishes.clusterName
	text, _ := json.MarshalIndent(object{
		"apiVersion": "v1", "kind": "Config", "current-context": name + "@" + cluster,
		"clusters": []object{{"name": cluster, "cluster": object{
			"server": address, "certificate-authority-data": s.authority.pem,
		}}},
		"users":    []object{{"name": name, "user": object{"token": token}}},
		"contexts": []object{{"name": name + "@" + cluster, "context": object{"cluster": cluster, "user": name}}},
	}, "", "  ")
	return append(text, '\n')
}

// secret is a token that nobody guesses.
func secret() string {
	bytes := make([]byte, 20)
	_, _ = rand.Read(bytes)
	return hex.EncodeToString(bytes)
}
