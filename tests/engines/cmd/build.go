package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

func buildVerb(arguments []string) error {
	flags := flag.NewFlagSet("build", flag.ContinueOnError)
	if err := flags.Parse(arguments); err != nil {
		return errUsage
	}
	names := flags.Args()
	if len(names) == 0 {
		for _, it := range programs {
			names = append(names, it.name)
		}
	}
	return build(names)
}

// build makes the named programs, one after the other: each of them uses all the cores by itself.
func build(names []string) error {
	if err := os.MkdirAll(binaries(), 0o755); err != nil {
		return err
	}
	for _, name := range names {
		it, err := findProgram(name)
		if err != nil {
			return err
		}
		if err := it.build(); err != nil {
			return err
		}
	}
	return nil
}

func (p program) build() error {
	version, err := p.version()
	if err != nil {
		return err
	}
	stamp, err := p.stamp()
	if err != nil {
		return err
	}
	stamped := p.path() + ".stamp"
	if had, err := os.ReadFile(stamped); err == nil && string(had) == stamp {
		if _, err := os.Stat(p.path()); err == nil {
			return nil
		}
	}
	fmt.Printf("building %s %s\n", p.name, version)
	begun := time.Now()
	// Under another name first: what runs is never written over.
	fresh := fmt.Sprintf("%s.%d", p.path(), os.Getpid())
	defer os.Remove(fresh)
	edited, err := p.edited()
	if err != nil {
		return err
	}
	arguments := []string{"build", "-mod=readonly", "-modfile=" + edited, "-trimpath", "-ldflags", p.linking(version), "-o", fresh}
	if p.tags != "" {
		arguments = append(arguments, "-tags", p.tags)
	}
	spent := processorTime()
	if _, err := p.goCommand(append(arguments, p.source)...); err != nil {
		return err
	}
	spent = processorTime() - spent
	if err := os.Rename(fresh, p.path()); err != nil {
		return err
	}
	if err := os.WriteFile(stamped, []byte(stamp), 0o644); err != nil {
		return err
	}
	took := time.Since(begun).Round(time.Second)
	fmt.Printf("built %s in %s, with %s of processor time\n", p.name, took, spent.Round(time.Second))
	return nil
}

// processorTime is what the children of this program have used so far, and their children.
func processorTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_CHILDREN, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// stamp names everything that a build depends on.
func (p program) stamp() (string, error) {
	sum := sha256.New()
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(p.folder(), name))
		if err != nil {
			return "", err
		}
		sum.Write(text)
	}
	fmt.Fprintln(sum, runtime.Version(), p.source, p.tags, p.cgo, p.says, p.edit)
	return fmt.Sprintf("%x\n", sum.Sum(nil)), nil
}

// sources is the folder of the program's module in Go's module cache, fetched where it is not there.
func (p program) sources() (string, error) { return p.downloaded(p.module) }

// downloaded is the folder of a module that the program is built from.
func (p program) downloaded(module string) (string, error) {
	said, err := p.goCommand("mod", "download", "-json", module)
	if err != nil {
		return "", err
	}
	var it struct{ Dir, Error string }
	if err := json.Unmarshal(said, &it); err != nil {
		return "", fmt.Errorf("go mod download %s: %w", module, err)
	}
	if it.Error != "" {
		return "", fmt.Errorf("go mod download %s: %s", module, it.Error)
	}
	return it.Dir, nil
}

// goCommand runs the go command where the program is pinned; others on the machine go first.
func (p program) goCommand(arguments ...string) ([]byte, error) {
	if p.cgo {
		if _, err := exec.LookPath("gcc"); err != nil {
			return nil, errMissing{p.name + " needs a C compiler.", "Install it: apt-get install gcc libc6-dev"}
		}
	}
	verb := arguments[0]
	name := "go"
	if nice, err := exec.LookPath("nice"); err == nil {
		name, arguments = nice, append([]string{"-n", "10", "go"}, arguments...)
	}
	command := exec.Command(name, arguments...)
	command.Dir = p.folder()
	command.Env = append(os.Environ(), "CGO_ENABLED="+map[bool]string{true: "1", false: "0"}[p.cgo],
		// There is more memory than time.
		"GOFLAGS=-buildvcs=false", "GOWORK=off", "GOGC=200")
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	var said, complained bytes.Buffer
	command.Stdout = &said
	command.Stderr = &complained
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("go %s of %s: %w\n%s", verb, p.name, err, tail(complained.String(), 20))
	}
	return said.Bytes(), nil
}

// tail is the end of a text, in whole lines.
func tail(text string, lines int) string {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if len(all) > lines {
		all = all[len(all)-lines:]
	}
	return strings.Join(all, "\n")
}

func versionsVerb([]string) error {
	for _, it := range programs {
		version, err := it.version()
		if err != nil {
			return err
		}
		fmt.Printf("%-26s %s\n", it.name, version)
	}
	if version, err := redisVersion(); err == nil {
		fmt.Printf("%-26s %s\n", "redis-server", version)
	}
	return nil
}
