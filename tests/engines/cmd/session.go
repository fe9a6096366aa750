package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// session is one bringing up of engines in a folder.
type session struct {
	context context.Context
	dir     string
	wishes  wishes
	ports   ports
	starter *starter
	// The authority of the API server and of the webhooks that it calls.
	authority *authority

	guard  sync.Mutex
	report report
}

// wishes are the options of up.
type wishes struct {
	names       []string
	hold        bool
	patience    time.Duration
	clusterName string
	authority   string
	clients     string
	port        int
	alsoNamed   []string
	users       []apiUser
	arguments   []string
}

// tell changes the report, and writes it.
func (s *session) tell(change func(*report)) error {
	s.guard.Lock()
	defer s.guard.Unlock()
	change(&s.report)
	return writeJSON(reportOf(s.dir), s.report)
}

// below makes a private folder, or takes it as it is.
func (s *session) below(parts ...string) (string, error) {
	path := filepath.Join(append([]string{s.dir}, parts...)...)
	return path, os.MkdirAll(path, 0o700)
}

// spawn is what start needs to know of a process.
type spawn struct {
	name      string
	program   string // a path, or the name of what was built
	called    string // what it believes to be called, where that matters to it
	arguments []string
	more      []string // of its environment
}

// start starts a process with a log of its own.
func (s *session) start(it spawn) (*process, error) {
	path := it.program
	if !filepath.IsAbs(path) {
		path = filepath.Join(binaries(), path)
	}
	called := it.called
	if called == "" {
		called = filepath.Base(path)
	}
	homeless, err := s.below("data", "home")
	if err != nil {
		return nil, err
	}
	return s.starter.start(s.dir, process{
		Name:      it.name,
		Program:   path,
		Arguments: append([]string{called}, it.arguments...),
		// Nothing of this machine's user reaches an engine, and nothing of an engine his home.
		Environment: append([]string{
			"PATH=" + binaries() + ":" + os.Getenv("PATH"), "HOME=" + homeless, "TMPDIR=" + os.TempDir(), "LANG=C.UTF-8",
			"GIT_CONFIG_NOSYSTEM=1", marker + "=" + s.dir,
		}, it.more...),
		Log: filepath.Join(s.dir, "logs", it.name+".log"),
	})
}

// await asks again and again until a probe has nothing to complain of; not for ever, and not where the process that it
// asks has ended.
func (s *session) await(it *process, what string, probe func(context.Context) error) error {
	patience, done := context.WithTimeout(s.context, s.wishes.patience)
	defer done()
	var last error
	for {
		attempt, cancel := context.WithTimeout(patience, 10*time.Second)
		err := probe(attempt)
		cancel()
		if err == nil {
			return nil
		}
		if patience.Err() == nil || last == nil {
			last = err
		}
		select {
		case <-it.ended:
			return fmt.Errorf("%s has ended before %s\n%s", it.Name, what, it.tail())
		case <-patience.Done():
			if s.context.Err() != nil {
				return s.context.Err()
			}
			return fmt.Errorf("%s: %s is not so after %s: %w\n%s", it.Name, what, s.wishes.patience, last, it.tail())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// tail is what the process said last.
func (p *process) tail() string {
	text, err := os.ReadFile(p.Log)
	if err != nil {
		return ""
	}
	return "its log, " + p.Log + ", ends so:\n    " + strings.ReplaceAll(tail(string(text), 15), "\n", "\n    ")
}

// saysOften is a probe: the log holds a line of one kind for every line of the other, and at least one. Controllers say
// "Starting Controller" first and "Starting workers" once their caches have synced.
func (p *process) saysOften(begun, synced string) func(context.Context) error {
	return func(context.Context) error {
		text, err := os.ReadFile(p.Log)
		if err != nil {
			return err
		}
		asked, got := strings.Count(string(text), begun), strings.Count(string(text), synced)
		if got == 0 {
			return errors.New("no controller works yet")
		}
		if got < asked {
			return fmt.Errorf("%d of %d controllers work", got, asked)
		}
		return nil
	}
}
