package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"runtime"
)

// present says what the engines need that this program does not build.
func present(engines []engine) error {
	if runtime.GOOS != "linux" {
		return errMissing{"the engines are started and stopped by means that only Linux has.", "Use a Linux machine."}
	}
	needed := map[string]string{}
	for _, it := range engines {
		switch it.name {
		case "argo-cd":
			needed["redis-server"] = "Install it: apt-get install redis-server (its service need not run)"
			needed["git"] = "Install it: apt-get install git"
		case "gitea", "git":
			needed["git"] = "Install it: apt-get install git"
		}
	}
	needed["go"] = "Install Go 1.26 or newer: https://go.dev/dl/"
	for name, how := range needed {
		if _, err := exec.LookPath(name); err != nil {
			return errMissing{fmt.Sprintf("%s is not on this machine.", name), how}
		}
	}
	return nil
}

func redisVersion() (string, error) {
	said, err := exec.Command("redis-server", "--version").Output()
	if err != nil {
		return "", err
	}
	version := regexp.MustCompile(`v=(\S+)`).FindSubmatch(said)
	if version == nil {
		return "", fmt.Errorf("redis-server says %q", said)
	}
	return "v" + string(version[1]), nil
}
