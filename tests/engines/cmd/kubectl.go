package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// kubectl runs our kubectl as admin.
func (s *session) kubectl(input string, arguments ...string) (string, error) {
	return kubectl(s.context, s.dir, "admin", input, arguments...)
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
