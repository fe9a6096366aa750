package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// checking sees engines do their work, and says what it saw.
type checking struct {
	context  context.Context
	report   *report
	patience time.Duration
}

func checkVerb(arguments []string) error {
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	dir := flags.String("dir", "", "")
	only := flags.String("only", "", "")
	without := flags.String("without", "", "")
	patience := flags.Duration("patience", 3*time.Minute, "")
	if err := flags.Parse(arguments); err != nil || flags.NArg() > 0 {
		return errUsage
	}
	interrupted, done := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer done()
	if *dir != "" {
		path, err := filepath.Abs(*dir)
		if err != nil {
			return err
		}
		return check(interrupted, path, *patience)
	}
	engines, err := chosen(words(*only), words(*without))
	if err != nil {
		return err
	}
	return checkAlone(interrupted, engines, *patience)
}

// checkAlone checks engines that it brings up for that, and leaves nothing behind, unless something went wrong.
func checkAlone(interrupted context.Context, engines []engine, patience time.Duration) error {
	dir, err := os.MkdirTemp("", "engines-")
	if err != nil {
		return err
	}
	up, err := bringUp(interrupted, dir, engines, wishes{hold: true, patience: patience, clusterName: "engines"})
	if err != nil {
		return fmt.Errorf("%w\nlogs are in %s", err, filepath.Join(dir, "logs"))
	}
	if err := errors.Join(check(interrupted, up.dir, patience), bringDown(up.dir)); err != nil {
		return fmt.Errorf("%w\nlogs are in %s", err, filepath.Join(dir, "logs"))
	}
	return os.RemoveAll(dir)
}

func check(interrupted context.Context, dir string, patience time.Duration) error {
	report, err := readReport(dir)
	if err != nil {
		return err
	}
	if report.State != "ready" {
		return fmt.Errorf("the engines in %s are %s", dir, report.State)
	}
	c := &checking{interrupted, report, patience}
	for _, it := range []struct {
		name  string
		there bool
		check func() error
	}{
		{"Kubernetes", report.Kubernetes != nil, c.kubernetes},
		{"Cluster API", report.ClusterAPI != nil, c.clusterAPI},
		{"the Talos providers", report.Control != nil, c.talosProviders},
		{"Argo CD", report.ArgoCD != nil && report.Git != nil, c.argoCD},
		{"Flux", report.Flux != nil && report.Git != nil, c.flux},
		{"Gitea", report.Gitea != nil, c.gitea},
	} {
		if !it.there {
			fmt.Printf("%s: not started, so not checked\n", it.name)
			continue
		}
		begun := time.Now()
		fmt.Println(it.name)
		if err := it.check(); err != nil {
			return fmt.Errorf("%s: %w", it.name, err)
		}
		fmt.Printf("  all that in %.1f s\n", time.Since(begun).Seconds())
	}
	return nil
}

// saw says what was seen.
func (c *checking) saw(format string, values ...any) { fmt.Printf("  "+format+"\n", values...) }

// kubectl runs kubectl as admin.
func (c *checking) kubectl(input string, arguments ...string) (string, error) {
	return kubectl(c.context, c.report.Folder, "admin", input, arguments...)
}

// apply makes objects so.
func (c *checking) apply(objects ...object) error {
	text, err := json.Marshal(object{"apiVersion": "v1", "kind": "List", "items": objects})
	if err != nil {
		return err
	}
	_, err = c.kubectl(string(text), "apply", "--server-side", "-f", "-")
	return err
}

// field is what an object holds at a JSON path.
func (c *checking) field(namespace, thing, path string) (string, error) {
	said, err := c.kubectl("", "get", "-n", namespace, thing, "-o", "jsonpath="+path)
	return strings.TrimSpace(said), err
}

// until waits until a question is answered with nothing to complain of.
func (c *checking) until(what string, ask func() error) error {
	patience, done := context.WithTimeout(c.context, c.patience)
	defer done()
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-patience.Done():
			return fmt.Errorf("waited in vain until %s: %w", what, err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// becomes waits until an object holds a value at a JSON path.
func (c *checking) becomes(namespace, thing, path, wanted string) error {
	return c.until(fmt.Sprintf("%s is %s at %s", thing, wanted, path), func() error {
		got, err := c.field(namespace, thing, path)
		if err == nil && got != wanted {
			err = fmt.Errorf("it is %q", got)
		}
		return err
	})
}
