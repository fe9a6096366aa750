package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/siderolabs/talos/pkg/machinery/config/configpatcher"
	"go.yaml.in/yaml/v4"
)

// result is what became of a patched config: after each patch, the values that are there anew or otherwise, and those
// that are gone; or why it was refused.
type result struct {
	Name    string   `json:"name"`
	On      string   `json:"on"`
	Patches []string `json:"patches"`
	Steps   []step   `json:"steps"`
	Refused string   `json:"refused,omitempty"`
}

type step struct {
	Set  map[string]any `json:"set,omitempty"`
	Gone []string       `json:"gone,omitempty"`
}

func (p patched) apply(config []byte) (found result) {
	found = result{Name: p.Name, On: p.On, Patches: p.Patches}
	defer func() {
		if why := recover(); why != nil {
			found.Refused = fmt.Sprint("panics: ", why)
		}
	}()
	before, err := leaves(config)
	for _, text := range p.Patches {
		if err != nil {
			break
		}
		var patch configpatcher.Patch
		if patch, err = configpatcher.LoadPatch([]byte(text)); err != nil {
			break
		}
		var out configpatcher.Output
		if out, err = configpatcher.Apply(configpatcher.WithBytes(config), []configpatcher.Patch{patch}); err != nil {
			break
		}
		// What JSON patches make is read again as a config, as every apply does.
		if _, err = out.Config(); err != nil {
			break
		}
		if config, err = out.Bytes(); err != nil {
			break
		}
		var after map[string]any
		if after, err = leaves(config); err != nil {
			break
		}
		found.Steps = append(found.Steps, between(before, after))
		before = after
	}
	if err != nil {
		found.Refused = err.Error()
	}
	return found
}

func between(before, after map[string]any) step {
	made := step{Set: map[string]any{}}
	for path, value := range after {
		if was, ok := before[path]; !ok || was != value {
			made.Set[path] = value
		}
	}
	for path := range before {
		if _, ok := after[path]; !ok {
			made.Gone = append(made.Gone, path)
		}
	}
	slices.Sort(made.Gone)
	return made
}

// leaves are all values of a config by their paths: the kind and name of the document, and keys with "|" between.
func leaves(text []byte) (map[string]any, error) {
	found := map[string]any{}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var document map[string]any
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		var called []string
		for _, key := range []string{"kind", "name"} {
			if word, ok := document[key].(string); ok && document["kind"] != nil {
				called = append(called, word)
			}
		}
		flatten(strings.Join(called, " "), document, found)
	}
}

func flatten(at string, value any, into map[string]any) {
	switch value := value.(type) {
	case map[string]any:
		if len(value) == 0 {
			into[at] = "{}"
		}
		for key, inner := range value {
			flatten(at+"|"+key, inner, into)
		}
	case []any:
		if len(value) == 0 {
			into[at] = "[]"
		}
		for number, inner := range value {
			flatten(fmt.Sprintf("%s|%d", at, number), inner, into)
		}
	default:
		into[at] = value
	}
}
