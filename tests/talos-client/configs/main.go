// Says what the official machinery of Talos makes of machine configs: generated ones, patches laid over them, and what
// the old and the new form of a setting mean.
//
//	configs CORPUS MINOR
//
// CORPUS is patches.yaml beside this file; MINOR is the newest minor version of Talos that this build knows. Prints JSON.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"go.yaml.in/yaml/v4"
)

// corpus is what is asked.
type corpus struct {
	Patches []patched `yaml:"patches"`
	Forms   []form    `yaml:"forms"`
}

// patched is a config and what is laid over it, one after another.
type patched struct {
	Name    string   `yaml:"name"`
	On      string   `yaml:"on"`
	Patches []string `yaml:"patches"`
}

// form is one thing said in two ways.
type form struct {
	Name string `yaml:"name"`
	Old  string `yaml:"old"`
	New  string `yaml:"new"`
}

// answers is what is said.
type answers struct {
	Machinery string            `json:"machinery"`
	Bases     map[string]string `json:"bases"`
	Patched   []result          `json:"patched"`
	Forms     []meaning         `json:"forms"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func run() error {
	if len(os.Args) != 3 {
		return fmt.Errorf("usage: configs CORPUS MINOR")
	}
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		return err
	}
	newest, err := strconv.Atoi(os.Args[2])
	if err != nil {
		return err
	}
	var asked corpus
	if err := yaml.Unmarshal(text, &asked); err != nil {
		return err
	}
	said := answers{Machinery: machinery(), Bases: map[string]string{}}
	for _, base := range bases {
		if base.minor > newest {
			continue
		}
		text, err := base.config()
		if err != nil {
			return fmt.Errorf("%s: %w", base.name(), err)
		}
		said.Bases[base.name()] = string(text)
	}
	for _, it := range asked.Patches {
		base, ok := said.Bases[it.On]
		if !ok {
			continue
		}
		said.Patched = append(said.Patched, it.apply([]byte(base)))
	}
	for _, it := range asked.Forms {
		said.Forms = append(said.Forms, it.meaning())
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	return encoder.Encode(said)
}
