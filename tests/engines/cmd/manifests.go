package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"path/filepath"
	"slices"
	"time"
)

// object is something of Kubernetes.
type object = map[string]any

// What runs a provider inside a cluster: here it runs beside it.
var insideOnly = []string{"Deployment", "Service", "Certificate", "Issuer", "ServiceMonitor", "NetworkPolicy"}

// install applies what a provider's own folder of manifests holds, with its webhooks called at an address of loopback,
// and waits until the API server knows its kinds.
func (s *session) install(name, folder, webhooks string) error {
	text, err := s.kubectl("", "kustomize", folder)
	if err != nil {
		return err
	}
	objects, err := s.parsed(text)
	if err != nil {
		return err
	}
	objects = slices.DeleteFunc(objects, func(it object) bool {
		kind, _ := it["kind"].(string)
		return slices.Contains(insideOnly, kind)
	})
	for _, it := range objects {
		s.redirect(it, webhooks)
	}
	return s.apply(name, objects)
}

// parsed reads YAML by means of kubectl, which needs no API server for that.
func (s *session) parsed(text string) ([]object, error) {
	said, err := s.kubectl(text, "annotate", "--local", "-f", "-", "pilothouse.example/engines=yes", "-o", "json")
	if err != nil {
		return nil, err
	}
	var objects []object
	for decoder := json.NewDecoder(bytes.NewReader([]byte(said))); ; {
		var it object
		if err := decoder.Decode(&it); err == io.EOF {
			return objects, nil
		} else if err != nil {
			return nil, err
		}
		if items, list := it["items"].([]any); list {
			for _, item := range items {
				objects = append(objects, item.(object))
			}
			continue
		}
		objects = append(objects, it)
	}
}

// redirect turns every webhook that is a service of the cluster into one at an address outside.
func (s *session) redirect(value any, webhooks string) {
	switch it := value.(type) {
	case []any:
		for _, each := range it {
			s.redirect(each, webhooks)
		}
	case object:
		settings, has := it["clientConfig"].(object)
		if service, inside := settings["service"].(object); has && inside {
			path, _ := service["path"].(string)
			it["clientConfig"] = object{
				"url":      "https://" + webhooks + path,
				"caBundle": base64.StdEncoding.EncodeToString(s.authority.pem),
			}
			return
		}
		for _, each := range it {
			s.redirect(each, webhooks)
		}
	}
}

// apply applies objects, kinds and namespaces first, and waits until the kinds are known.
func (s *session) apply(name string, objects []object) error {
	first := []string{"Namespace", "CustomResourceDefinition"}
	var early, late []object
	var definitions []string
	for _, it := range objects {
		kind, _ := it["kind"].(string)
		if !slices.Contains(first, kind) {
			late = append(late, it)
			continue
		}
		early = append(early, it)
		if kind == "CustomResourceDefinition" {
			definitions = append(definitions, "crd/"+it["metadata"].(object)["name"].(string))
		}
	}
	if err := s.applied(name+".kinds", early); err != nil {
		return err
	}
	if err := s.established(definitions); err != nil {
		return err
	}
	return s.applied(name, late)
}

// established waits until the API server serves kinds. kubectl itself gives up on one of which nothing is said yet.
func (s *session) established(definitions []string) error {
	if len(definitions) == 0 {
		return nil
	}
	arguments := append([]string{"wait", "--for=condition=Established", "--timeout=10s"}, definitions...)
	end := time.Now().Add(s.wishes.patience)
	for {
		_, err := s.kubectl("", arguments...)
		if err == nil || s.context.Err() != nil || time.Now().After(end) {
			return err
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// applied keeps what it applies in the folder, where a person can read it.
func (s *session) applied(name string, objects []object) error {
	if len(objects) == 0 {
		return nil
	}
	folder, err := s.below("manifests")
	if err != nil {
		return err
	}
	path := filepath.Join(folder, name+".json")
	if err := writeJSON(path, object{"apiVersion": "v1", "kind": "List", "items": objects}); err != nil {
		return err
	}
	_, err = s.kubectl("", "apply", "--server-side", "--force-conflicts", "-f", path)
	return err
}
