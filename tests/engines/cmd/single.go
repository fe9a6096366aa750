package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func statusVerb(arguments []string) error {
	dir, _, err := folderAnd("status", arguments)
	if err != nil {
		return err
	}
	report, err := readReport(dir)
	if err != nil {
		return err
	}
	processes, err := recorded(dir)
	if err != nil {
		return err
	}
	fmt.Println(report.State)
	memory := 0
	for _, it := range processes {
		state := "ended"
		if it.runs() {
			state = fmt.Sprintf("runs, %d MB", it.memory()/1024)
			memory += it.memory()
		}
		fmt.Printf("  %-34s %8d  %s\n", it.Name, it.Process, state)
	}
	fmt.Printf("  %-34s %8s  %d MB\n", "all", "", memory/1024)
	return nil
}

// memory is what the process holds of the machine's, in kB.
func (p *process) memory() int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process))
	for _, line := range strings.Split(string(text), "\n") {
		var size int
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &size); err == nil {
			return size
		}
	}
	return 0
}

func stopVerb(arguments []string) error {
	return each("stop", arguments, func(_ string, it *process) error { return it.stop() })
}

// startVerb starts what was stopped, or has ended by itself. It does not wait: who stopped it knows what to wait for.
func startVerb(arguments []string) error {
	return each("start", arguments, func(dir string, it *process) error {
		if it.runs() {
			return nil
		}
		_, err := newStarter(false).start(dir, *it)
		return err
	})
}

func each(verb string, arguments []string, act func(string, *process) error) error {
	dir, names, err := folderAnd(verb, arguments)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return errUsage
	}
	for _, name := range names {
		var it process
		if err := readJSON(recordOf(dir, name), &it); errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%w: nothing called %q was started in %s", errUsage, name, dir)
		} else if err != nil {
			return err
		}
		if err := act(dir, &it); err != nil {
			return err
		}
	}
	return nil
}

func folderAnd(verb string, arguments []string) (string, []string, error) {
	flags := flag.NewFlagSet(verb, flag.ContinueOnError)
	dir := flags.String("dir", "", "")
	if err := flags.Parse(arguments); err != nil || *dir == "" {
		return "", nil, errUsage
	}
	path, err := filepath.Abs(*dir)
	return path, flags.Args(), err
}
