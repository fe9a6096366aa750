package main

// The infrastructure provider of Hetzner cannot be had as a Go module, so the world plays it; the API server must
// know its kinds all the same. Their objects may hold anything.

const hetznerGroup = "infrastructure.cluster.x-k8s.io"

type hetznerKind struct {
	kind, plural string
	short        string
	columns      []column
}

type column struct{ name, path string }

var hetznerKinds = []hetznerKind{
	{"HetznerCluster", "hetznerclusters", "hccl", []column{
		{"Cluster", clusterLabel}, {"Endpoint", ".spec.controlPlaneEndpoint"}, {"Regions", ".spec.controlPlaneRegions"},
		{"Ready", ready},
	}},
	{"HetznerClusterTemplate", "hetznerclustertemplates", "", nil},
	{"HCloudMachine", "hcloudmachines", "hcma", []column{
		{"Cluster", clusterLabel}, {"Type", ".spec.type"}, {"State", ".status.instanceState"},
		{"Machine", ".metadata.ownerReferences[?(@.kind==\"Machine\")].name"}, {"ProviderID", ".spec.providerID"},
		{"Ready", ready},
	}},
	{"HCloudMachineTemplate", "hcloudmachinetemplates", "", []column{
		{"Image", ".spec.template.spec.imageName"}, {"Type", ".spec.template.spec.type"},
	}},
	{"HCloudRemediation", "hcloudremediations", "", []column{{"Phase", ".status.phase"}}},
	{"HCloudRemediationTemplate", "hcloudremediationtemplates", "", nil},
	{"HetznerBareMetalHost", "hetznerbaremetalhosts", "hbmh", []column{
		{"State", ".spec.status.provisioningState"}, {"ServerID", ".spec.serverID"},
	}},
	{"HetznerBareMetalMachine", "hetznerbaremetalmachines", "hbmm", []column{
		{"Cluster", clusterLabel}, {"ProviderID", ".spec.providerID"}, {"Ready", ready},
	}},
	{"HetznerBareMetalMachineTemplate", "hetznerbaremetalmachinetemplates", "", nil},
	{"HetznerBareMetalRemediation", "hetznerbaremetalremediations", "", []column{{"Phase", ".status.phase"}}},
	{"HetznerBareMetalRemediationTemplate", "hetznerbaremetalremediationtemplates", "", nil},
}

const (
	clusterLabel = `.metadata.labels.cluster\.x-k8s\.io/cluster-name`
	ready        = ".status.ready"
)

func defineHetzner(s *session) error {
	var objects []object
	for _, it := range hetznerKinds {
		objects = append(objects, it.definition())
	}
	return s.apply("hetzner", objects)
}

func (k hetznerKind) definition() object {
	names := object{"kind": k.kind, "listKind": k.kind + "List", "plural": k.plural, "categories": []string{"cluster-api"}}
	if k.short != "" {
		names["shortNames"] = []string{k.short}
	}
	version := object{
		"name": "v1beta1", "served": true, "storage": true, "subresources": object{"status": object{}},
		"schema": object{"openAPIV3Schema": object{"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
	}
	var columns []object
	for _, it := range k.columns {
		columns = append(columns, object{"name": it.name, "type": "string", "jsonPath": it.path})
	}
	if columns != nil {
		age := object{"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}
		version["additionalPrinterColumns"] = append(columns, age)
	}
	return object{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": object{"name": k.plural + "." + hetznerGroup, "labels": object{
			"cluster.x-k8s.io/provider": "infrastructure-hetzner",
			// The contract of Cluster API, and the version of the kind that keeps it.
			"cluster.x-k8s.io/v1beta1": "v1beta1",
		}},
		"spec": object{"group": hetznerGroup, "names": names, "scope": "Namespaced", "versions": []object{version}},
	}
}
