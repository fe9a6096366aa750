package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// edit is a place where an engine would listen on all addresses of the machine and has no option against it: that one
// line is another while it is built. Nothing else of an engine is touched.
type edit struct {
	module, file string
	from, to     string
}

var webhooksOnLoopback = edit{"sigs.k8s.io/controller-runtime", "pkg/webhook/server.go",
	`tls.Listen("tcp", net.JoinHostPort(s.Options.Host,`, `tls.Listen("tcp", net.JoinHostPort("127.0.0.1",`}

var argoOnLoopback = edit{"github.com/argoproj/argo-cd/v3", "controller/appcontroller.go",
	`metricsAddr := fmt.Sprintf("0.0.0.0:%d", metricsPort)`, `metricsAddr := fmt.Sprintf("127.0.0.1:%d", metricsPort)`}

// edited prepares the edit of a program: a go.mod beside the pinned one, which takes the edited module from a folder
// below target. Empty where nothing is edited.
func (p program) edited() (string, error) {
	if p.edit == nil {
		return "", nil
	}
	sources, err := p.downloaded(p.edit.module)
	if err != nil {
		return "", err
	}
	folder := filepath.Join(target(), "edited", p.name)
	if err := os.RemoveAll(folder); err != nil {
		return "", err
	}
	module := filepath.Join(folder, "module")
	if err := linkTree(sources, module); err != nil {
		return "", err
	}
	if err := p.edit.apply(module); err != nil {
		return "", err
	}
	for name, more := range map[string]string{
		"go.mod": fmt.Sprintf("\nreplace %s => %s\n", p.edit.module, quotedPath(module)), "go.sum": "",
	} {
		text, err := os.ReadFile(filepath.Join(p.folder(), name))
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(folder, name), append(text, more...), 0o644); err != nil {
			return "", err
		}
	}
	return filepath.Join(folder, "go.mod"), nil
}

// quotedPath is a path as go.mod takes it.
func quotedPath(path string) string { return fmt.Sprintf("%q", path) }

func (e edit) apply(module string) error {
	path := filepath.Join(module, filepath.FromSlash(e.file))
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if bytes.Count(text, []byte(e.from)) != 1 {
		return fmt.Errorf("%s of %s does not say just once: %s", e.file, e.module, e.from)
	}
	// The file in the module cache has the same content on the disk, so this is a new one.
	if err := os.Remove(path); err != nil {
		return err
	}
	return os.WriteFile(path, bytes.Replace(text, []byte(e.from), []byte(e.to), 1), 0o644)
}

// linkTree makes a folder like another, whose files are the same ones on the disk where that can be.
func linkTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		into := filepath.Join(to, relative)
		if entry.IsDir() {
			return os.MkdirAll(into, 0o755)
		}
		if err := os.Link(path, into); err == nil || errors.Is(err, fs.ErrExist) {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(into, text, 0o644)
	})
}
