package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

const checkCluster = "checked"

func (c *checking) clusterAPI() error {
	err := c.apply(object{
		"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster",
		"metadata": object{"name": "without-references", "namespace": checkNamespace},
		"spec":     object{"clusterNetwork": object{"services": object{"cidrBlocks": []string{"10.96.0.0/12"}}}},
	})
	if err == nil {
		return errors.New("a Cluster without references was taken")
	}
	refused := tail(err.Error(), 1)
	// The schema knows nothing of this rule: only the webhook does.
	_, refused, found := strings.Cut(refused, "spec: Forbidden: ")
	if !found {
		return fmt.Errorf("a Cluster without references was refused by something else: %w", err)
	}
	c.saw("cluster-api %s refuses a Cluster without references:\n    %s", c.report.Versions["cluster-api"], refused)
	return c.converted()
}

// converted sees a Cluster in the version of the API that it was not written in.
func (c *checking) converted() error {
	cluster := object{
		"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster",
		"metadata": object{"name": "converted", "namespace": checkNamespace},
		"spec":     object{"infrastructureRef": hetznerReference("HetznerCluster", "nobody-made-it")},
	}
	if err := c.apply(cluster); err != nil {
		return err
	}
	version, err := c.field(checkNamespace, "clusters.v1beta1.cluster.x-k8s.io/converted", "{.spec.infrastructureRef.apiVersion}")
	if err != nil {
		return err
	}
	if version != hetznerGroup+"/v1beta1" {
		return fmt.Errorf("the Cluster as v1beta1 says %q for its infrastructure", version)
	}
	c.saw("a Cluster written as v1beta2 is read as v1beta1: its webhook converts")
	return c.becomes(checkNamespace, "cluster/converted", "{.status.phase}", "Provisioning")
}

func hetznerReference(kind, name string) object {
	return object{"apiGroup": hetznerGroup, "kind": kind, "name": name}
}

// cluster is a cluster with one node of its control plane, on a cloud that nobody plays here. Its
// API server is the one that it is declared in, and its authority that server's.
func (c *checking) cluster() []object {
	about := func(name string) object { return object{"name": name, "namespace": checkNamespace} }
	host, port, _ := net.SplitHostPort(strings.TrimPrefix(c.report.Kubernetes.URL, "https://"))
	number, _ := strconv.Atoi(port)
	certificate, _ := os.ReadFile(c.report.Kubernetes.Authority)
	key, _ := os.ReadFile(c.report.Kubernetes.AuthorityKey)
	labelled := about(checkCluster + "-ca")
	labelled["labels"] = object{"cluster.x-k8s.io/cluster-name": checkCluster}
	return []object{
		{"apiVersion": "v1", "kind": "Secret", "metadata": labelled, "type": "cluster.x-k8s.io/secret",
			"stringData": object{"tls.crt": string(certificate), "tls.key": string(key)}},
		{"apiVersion": hetznerGroup + "/v1beta1", "kind": "HetznerCluster", "metadata": about(checkCluster),
			"spec": object{"controlPlaneEndpoint": object{"host": host, "port": number}}},
		{"apiVersion": hetznerGroup + "/v1beta1", "kind": "HCloudMachineTemplate", "metadata": about(checkCluster),
			"spec": object{"template": object{"spec": object{"type": "cx33", "imageName": "talos"}}}},
		{"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster", "metadata": about(checkCluster), "spec": object{
			"clusterNetwork": object{
				"pods":     object{"cidrBlocks": []string{"10.244.0.0/16"}},
				"services": object{"cidrBlocks": []string{"10.96.0.0/12"}},
			},
			"controlPlaneRef":   object{"apiGroup": "controlplane.cluster.x-k8s.io", "kind": "TalosControlPlane", "name": checkCluster},
			"infrastructureRef": hetznerReference("HetznerCluster", checkCluster),
		}},
	}
}

func (c *checking) talosProviders() error {
	if err := c.apply(c.cluster()...); err != nil {
		return err
	}
	err := c.apply(object{
		"apiVersion": "controlplane.cluster.x-k8s.io/v1alpha3", "kind": "TalosControlPlane",
		"metadata": object{"name": checkCluster, "namespace": checkNamespace},
		"spec": object{
			"replicas": 1, "version": "v1.36.3",
			"infrastructureTemplate": object{
				"apiVersion": hetznerGroup + "/v1beta1", "kind": "HCloudMachineTemplate",
				"name": checkCluster, "namespace": checkNamespace,
			},
			"controlPlaneConfig": object{"controlplane": object{"generateType": "controlplane", "talosVersion": "v1.12"}},
		},
	})
	if err != nil {
		return err
	}
	// What the provider of the cloud would say.
	if err := c.says("hetznercluster/"+checkCluster, `{"ready": true}`); err != nil {
		return err
	}
	if err := c.becomes(checkNamespace, "cluster/"+checkCluster, "{.status.initialization.infrastructureProvisioned}", "true"); err != nil {
		return err
	}
	c.saw("cluster-api takes from the provider of the cloud that its part is ready")
	var machine, server string
	err = c.until("the control plane has a machine", func() (err error) {
		const one = "{.items[0].metadata.name} {.items[0].spec.infrastructureRef.name}"
		said, err := c.field(checkNamespace, "machines", one)
		if err == nil {
			_, err = fmt.Sscan(said, &machine, &server)
		}
		return err
	})
	if err != nil {
		return err
	}
	c.saw("talos-control-plane %s makes a machine: %s", c.report.Versions["talos-control-plane"], machine)
	if err := c.bootstrapData(machine); err != nil {
		return err
	}
	if _, err := c.kubectl("", "patch", "-n", checkNamespace, "hcloudmachine", server, "--type=merge", "-p", `{"spec": {"providerID": "hcloud://1"}}`); err != nil {
		return err
	}
	if err := c.says("hcloudmachine/"+server, `{"ready": true, "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}]}`); err != nil {
		return err
	}
	err = c.until("the machine is Provisioned", func() error {
		phase, err := c.field(checkNamespace, "machine/"+machine, "{.status.phase}")
		// It has a node already where an earlier check made one.
		if err == nil && phase != "Provisioned" && phase != "Running" {
			err = fmt.Errorf("it is %s", phase)
		}
		return err
	})
	if err != nil {
		return err
	}
	c.saw("cluster-api calls the machine Provisioned once the cloud has a server for it")
	return c.reached(machine)
}

// bootstrapData sees the config that a node would boot with.
func (c *checking) bootstrapData(machine string) error {
	var name string
	err := c.until("the machine has bootstrap data", func() (err error) {
		name, err = c.field(checkNamespace, "machine/"+machine, "{.spec.bootstrap.dataSecretName}")
		if err == nil && name == "" {
			err = errors.New("it names no secret")
		}
		return err
	})
	if err != nil {
		return err
	}
	said, err := c.field(checkNamespace, "secret/"+name, "{.data.value}")
	if err != nil {
		return err
	}
	config, err := base64.StdEncoding.DecodeString(said)
	if err != nil {
		return err
	}
	for _, wanted := range []string{"version: v1alpha1", "type: controlplane", "clusterName: " + checkCluster} {
		if !strings.Contains(string(config), wanted) {
			return fmt.Errorf("the bootstrap data in %s lacks %q", name, wanted)
		}
	}
	c.saw("talos-bootstrap %s makes a machine config of %d bytes for it", c.report.Versions["talos-bootstrap"], len(config))
	return nil
}

// reached sees Cluster API find the machine's node in the cluster, by a kubeconfig that the control plane's provider
// makes. The API server is that of the cluster as well: the cluster manages itself.
func (c *checking) reached(machine string) error {
	node := object{"apiVersion": "v1", "kind": "Node", "metadata": object{"name": checkCluster}, "spec": object{"providerID": "hcloud://1"}}
	if err := c.apply(node); err != nil {
		return err
	}
	const ready = `{"status": {"conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "the check says so"}]}}`
	if _, err := c.kubectl("", "patch", "node", checkCluster, "--subresource=status", "--type=merge", "-p", ready); err != nil {
		return err
	}
	if err := c.becomes(checkNamespace, "machine/"+machine, "{.status.nodeRef.name} {.status.phase}", checkCluster+" Running"); err != nil {
		return err
	}
	c.saw("talos-control-plane makes a kubeconfig, by which cluster-api finds the node: the machine is Running")
	return c.described(machine)
}

// described sees the machine in the tree that clusterctl draws.
func (c *checking) described(machine string) error {
	command := exec.CommandContext(c.context, filepath.Join(binaries(), "clusterctl"), "describe", "cluster", checkCluster,
		"--namespace", checkNamespace, "--kubeconfig", c.report.Kubernetes.Kubeconfig, "--show-conditions", "all")
	home := filepath.Join(c.report.Folder, "data", "home")
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_CONFIG_HOME=" + home}
	said, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(said), machine) {
		return fmt.Errorf("clusterctl describe cluster: %w\n%s", errors.Join(err, errors.New("it draws no such machine")), tail(string(said), 15))
	}
	c.saw("clusterctl %s draws the cluster as a tree of %d lines", c.report.Versions["clusterctl"], strings.Count(string(said), "\n"))
	return nil
}

// says sets the status of a thing of the cloud.
func (c *checking) says(thing, status string) error {
	_, err := c.kubectl("", "patch", "-n", checkNamespace, thing, "--subresource=status", "--type=merge", "-p", `{"status": `+status+`}`)
	return err
}
