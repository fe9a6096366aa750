package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// fetched is what is got from an address in plain HTTP.
func fetched(context context.Context, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(context, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	answer, err := client(nil).Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, errors.New(answer.Status)
	}
	return io.ReadAll(answer.Body)
}

// version compares what an engine says of itself with what is pinned.
func (c *checking) version(name, said string) error {
	if pinned := c.report.Versions[name]; strings.TrimPrefix(said, "v") != strings.TrimPrefix(pinned, "v") {
		return fmt.Errorf("%s says that it is %s, and %s is pinned", name, said, pinned)
	}
	c.saw("%s %s", name, c.report.Versions[name])
	return nil
}

func (c *checking) kubernetes() error {
	text, err := fetched(c.context, c.report.Etcd.URL+"/version")
	if err != nil {
		return err
	}
	var etcd struct {
		Server string `json:"etcdserver"`
	}
	if err := json.Unmarshal(text, &etcd); err != nil {
		return err
	}
	if err := c.version("etcd", etcd.Server); err != nil {
		return err
	}
	said, err := c.kubectl("", "version", "-o", "json")
	if err != nil {
		return err
	}
	var versions struct{ ClientVersion, ServerVersion struct{ GitVersion string } }
	if err := json.Unmarshal([]byte(said), &versions); err != nil {
		return err
	}
	if err := c.version("kube-apiserver", versions.ServerVersion.GitVersion); err != nil {
		return err
	}
	if err := c.version("kubectl", versions.ClientVersion.GitVersion); err != nil {
		return err
	}
	if err := c.users(); err != nil {
		return err
	}
	if err := c.apply(object{"apiVersion": "v1", "kind": "Namespace", "metadata": object{"name": checkNamespace}}); err != nil {
		return err
	}
	if _, runs := c.report.Metrics["kube-scheduler"]; runs {
		if err := c.scheduler(); err != nil {
			return err
		}
	}
	if _, runs := c.report.Metrics["kube-controller-manager"]; !runs {
		return nil
	}
	return c.controllers()
}

// checkNamespace is where checks leave what they make.
const checkNamespace = "engines-check"

func (c *checking) users() error {
	_, err := kubectl(c.context, c.report.Folder, "stranger", "", "get", "namespaces")
	if err == nil || !strings.Contains(err.Error(), "Forbidden") {
		return fmt.Errorf("a stranger may look at namespaces: %v", err)
	}
	if _, err := kubectl(c.context, c.report.Folder, "reader", "", "get", "namespaces"); err != nil {
		return fmt.Errorf("a reader may not look at namespaces: %w", err)
	}
	_, err = kubectl(c.context, c.report.Folder, "reader", "", "get", "secrets", "-A")
	if err == nil || !strings.Contains(err.Error(), "Forbidden") {
		return fmt.Errorf("a reader may look at secrets: %v", err)
	}
	c.saw("users: the stranger is refused everything, the reader only secrets")
	return nil
}

// controllers sees one that goes with its owner, and the replicas of a deployment.
func (c *checking) controllers() error {
	if err := c.apply(configMap("owner", nil)); err != nil {
		return err
	}
	uid, err := c.field(checkNamespace, "configmap/owner", "{.metadata.uid}")
	if err != nil {
		return err
	}
	owners := []object{{"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid}}
	if err := c.apply(configMap("owned", owners)); err != nil {
		return err
	}
	if _, err := c.kubectl("", "delete", "-n", checkNamespace, "configmap/owner"); err != nil {
		return err
	}
	err = c.until("what was owned has gone", func() error {
		said, err := c.kubectl("", "get", "-n", checkNamespace, "configmap", "owned", "--ignore-not-found", "-o", "name")
		if err == nil && said != "" {
			err = errors.New("it is still there")
		}
		return err
	})
	if err != nil {
		return err
	}
	c.saw("kube-controller-manager %s: what is owned goes with its owner", c.report.Versions["kube-controller-manager"])
	return nil
}

// scheduler sees a pod placed on a node.
func (c *checking) scheduler() error {
	node := object{"apiVersion": "v1", "kind": "Node", "metadata": object{"name": checkNamespace}}
	if err := c.apply(node); err != nil {
		return err
	}
	status := `{"status": {"capacity": {"cpu": "2", "memory": "2Gi", "pods": "10"}, "allocatable": {"cpu": "2", "memory": "2Gi", "pods": "10"},
		"conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "the check says so"}]}}`
	if _, err := c.kubectl("", "patch", "node", checkNamespace, "--subresource=status", "--type=merge", "-p", status); err != nil {
		return err
	}
	pod := object{"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": "placed", "namespace": checkNamespace},
		"spec": object{
			"containers":  []object{{"name": "one", "image": "nobody.example/pulls-this:1"}},
			"tolerations": []object{{"operator": "Exists"}},
		}}
	if err := c.apply(pod); err != nil {
		return err
	}
	if err := c.becomes(checkNamespace, "pod/placed", "{.spec.nodeName}", checkNamespace); err != nil {
		return err
	}
	c.saw("kube-scheduler %s: a pod is placed on a node", c.report.Versions["kube-scheduler"])
	_, err := c.kubectl("", "delete", "node", checkNamespace)
	return err
}

func configMap(name string, owners []object) object {
	about := object{"name": name, "namespace": checkNamespace}
	if owners != nil {
		about["ownerReferences"] = owners
	}
	return object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": about, "data": object{"what": name}}
}
