package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// kubectl runs our kubectl as admin. What a busy machine keeps from being answered in time is asked again: everything
// that is asked here may be done twice.
func (s *session) kubectl(input string, arguments ...string) (string, error) {
	patience := time.Now().Add(s.wishes.patience)
	for {
		said, err := kubectl(s.context, s.dir, "admin", input, arguments...)
		if err == nil || s.context.Err() != nil || time.Now().After(patience) || !isSlow(err.Error()) {
			return said, err
		}
		time.Sleep(time.Second)
	}
}

// isSlow tells an answer that did not come in time from one that says no.
func isSlow(complaint string) bool {
	return slices.ContainsFunc([]string{
		"context deadline exceeded", "request timed out", "Timeout", "i/o timeout", "TLS handshake timeout",
		"connection refused", "the server is currently unable",
	}, func(it string) bool { return strings.Contains(complaint, it) })
}

// kubectl runs the kubectl that was built, as one of the users of the engines in dir.
func kubectl(context context.Context, dir, user, input string, arguments ...string) (string, error) {
	command := exec.CommandContext(context, filepath.Join(binaries(), "kubectl"), arguments...)
	// A home of its own: its caches are of this API server, and nothing of this machine's user is asked.
	command.Env = append(os.Environ(), "KUBECONFIG="+filepath.Join(dir, "kubeconfigs", user), "HOME="+filepath.Join(dir, "data", "home"))
	command.Stdin = strings.NewReader(input)
	var said, complained bytes.Buffer
	command.Stdout, command.Stderr = &said, &complained
	if err := command.Run(); err != nil {
		return said.String(), fmt.Errorf("kubectl %s: %w: %s", strings.Join(arguments, " "), err, tail(complained.String(), 10))
	}
	return said.String(), nil
}
