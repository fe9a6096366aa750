package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// several collects an option that may be repeated.
type several []string

func (s *several) String() string         { return strings.Join(*s, ",") }
func (s *several) Set(value string) error { *s = append(*s, value); return nil }

func upVerb(arguments []string) error {
	flags := flag.NewFlagSet("up", flag.ContinueOnError)
	dir := flags.String("dir", "", "")
	only := flags.String("only", "", "")
	without := flags.String("without", "", "")
	var it wishes
	flags.BoolVar(&it.hold, "hold", false, "")
	flags.DurationVar(&it.patience, "patience", 3*time.Minute, "")
	flags.StringVar(&it.clusterName, "cluster-name", "engines", "")
	flags.StringVar(&it.authority, "authority", "", "")
	flags.StringVar(&it.clients, "client-ca", "", "")
	flags.IntVar(&it.port, "port", 0, "")
	flags.Var((*several)(&it.alsoNamed), "name", "")
	flags.Var((*several)(&it.arguments), "kube-apiserver", "")
	var users several
	flags.Var(&users, "user", "")
	flags.Usage = func() {}
	if err := flags.Parse(arguments); err != nil || *dir == "" || flags.NArg() > 0 {
		return errors.Join(err, errUsage)
	}
	for _, each := range users {
		name, groups, _ := strings.Cut(each, "=")
		it.users = append(it.users, apiUser{name: name, groups: words(groups)})
	}
	engines, err := chosen(words(*only), words(*without))
	if err != nil {
		return err
	}
	interrupted, done := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer done()
	up, err := bringUp(interrupted, *dir, engines, it)
	if err != nil {
		return err
	}
	fmt.Println(up.report.told())
	if !it.hold {
		return nil
	}
	fmt.Println("They run until this program ends.")
	select {
	case <-interrupted.Done():
	case <-ended(os.Stdin):
	}
	return bringDown(up.dir)
}

// ended is closed once nobody can write into a file any more. A terminal, or no input at all, says nothing.
func ended(input *os.File) <-chan struct{} {
	end := make(chan struct{})
	if about, err := input.Stat(); err != nil || about.Mode()&os.ModeNamedPipe == 0 && about.Mode()&os.ModeSocket == 0 {
		return end
	}
	go func() {
		_, _ = io.Copy(io.Discard, input)
		close(end)
	}()
	return end
}

// bringUp builds what is missing and starts the engines in dir. Where one does not become ready, nothing is left
// running.
func bringUp(interrupted context.Context, dir string, engines []engine, it wishes) (*session, error) {
	if err := present(engines); err != nil {
		return nil, err
	}
	var names []string
	for _, each := range engines {
		names = append(names, each.programs...)
		it.names = append(it.names, each.name)
	}
	if err := build(names); err != nil {
		return nil, err
	}
	dir, err := prepare(dir)
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(interrupted)
	defer stop()
	up := &session{context: running, dir: dir, wishes: it, starter: newStarter(it.hold)}
	err = up.tell(func(report *report) {
		report.Format, report.State, report.Folder = 1, "starting", dir
		report.Program, _ = os.Executable()
		report.Versions, report.Programs, report.Metrics = map[string]string{}, map[string]string{}, map[string]string{}
		for _, name := range names {
			program, _ := findProgram(name)
			report.Versions[name], _ = program.version()
			report.Programs[name] = program.path()
		}
	})
	if err == nil {
		err = up.startAll(engines, stop)
	}
	if err == nil {
		err = up.tell(func(report *report) { report.State = "ready" })
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "env"), []byte(up.report.environment()), 0o600)
	}
	if err != nil {
		if interrupted.Err() != nil {
			err = errors.New("interrupted: nothing is left running")
		}
		stop()
		return nil, errors.Join(err, bringDown(dir), up.tell(func(report *report) { report.State = "failed" }))
	}
	return up, nil
}

// startAll starts each engine as soon as those that it needs are ready. The first that fails stops the waiting of all.
func (s *session) startAll(engines []engine, stop func()) error {
	ready := map[string]chan struct{}{}
	for _, it := range engines {
		ready[it.name] = make(chan struct{})
	}
	failures := make(chan error, len(engines))
	for _, it := range engines {
		go func() {
			for _, need := range it.needs {
				select {
				case <-ready[need]:
				case <-s.context.Done():
					failures <- s.context.Err()
					return
				}
			}
			begun := time.Now()
			err := it.start(s)
			if err == nil {
				fmt.Printf("%s is ready after %.1f s\n", it.name, time.Since(begun).Seconds())
				close(ready[it.name])
			}
			failures <- err
		}()
	}
	var first error
	for range engines {
		if err := <-failures; err != nil && (first == nil || errors.Is(first, context.Canceled)) {
			first = err
			stop()
		}
	}
	return first
}

// prepare makes the folder, or empties one in which engines were stopped; any other is not touched.
func prepare(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if len(marked(dir)) > 0 {
		return "", fmt.Errorf("engines run in %s: engines down --dir %s stops them", dir, dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	if _, err := os.Stat(reportOf(dir)); len(entries) > 0 && err != nil {
		return "", fmt.Errorf("%s is not empty, and nothing was started in it before", dir)
	}
	for _, it := range entries {
		if err := os.RemoveAll(filepath.Join(dir, it.Name())); err != nil {
			return "", err
		}
	}
	for _, it := range []string{"", "processes", "logs", "data", "pki", "kubeconfigs"} {
		if err := os.MkdirAll(filepath.Join(dir, it), 0o700); err != nil {
			return "", err
		}
	}
	return dir, os.Chmod(dir, 0o700)
}
