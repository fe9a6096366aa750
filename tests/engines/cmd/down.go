package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
)

// order is the order in which processes are stopped: all others, then the
// API server, and last what it writes to.
var order = []string{"kube-apiserver", "etcd"}

func downVerb(arguments []string) error {
	flags := flag.NewFlagSet("down", flag.ContinueOnError)
	dir := flags.String("dir", "", "")
	remove := flags.Bool("remove", false, "")
	if err := flags.Parse(arguments); err != nil || *dir == "" || flags.NArg() > 0 {
		return errUsage
	}
	path, err := filepath.Abs(*dir)
	if err != nil {
		return err
	}
	if _, err := readReport(path); err != nil {
		return err
	}
	if err := bringDown(path); err != nil {
		return err
	}
	if *remove {
		return os.RemoveAll(path)
	}
	return nil
}

// bringDown stops all that was started in dir, also what nobody had the time to note.
func bringDown(dir string) error {
	processes, err := recorded(dir)
	if err != nil {
		return err
	}
	steps := make([][]*process, len(order)+1)
	for _, it := range processes {
		step := slices.Index(order, it.Name) + 1
		steps[step] = append(steps[step], it)
	}
	var wrong []error
	for _, step := range steps {
		wrong = append(wrong, stopTogether(step))
	}
	for _, number := range marked(dir) {
		started, _ := startTime(number)
		left := process{Process: number, Started: started}
		group, err := syscall.Getpgid(number)
		if err == nil && group != syscall.Getpgrp() {
			wrong = append(wrong, stopGroup(group, left.runs))
		}
	}
	if report, err := readReport(dir); err == nil {
		report.State = "stopped"
		wrong = append(wrong, writeJSON(reportOf(dir), report))
	}
	return errors.Join(wrong...)
}

func stopTogether(processes []*process) error {
	wrong := make([]error, len(processes))
	var all sync.WaitGroup
	for at, it := range processes {
		all.Go(func() { wrong[at] = it.stop() })
	}
	all.Wait()
	return errors.Join(wrong...)
}

// recorded are the processes that were started in dir, by name.
func recorded(dir string) ([]*process, error) {
	paths, err := filepath.Glob(recordOf(dir, "*"))
	if err != nil {
		return nil, err
	}
	var found []*process
	for _, path := range paths {
		var it process
		if err := readJSON(path, &it); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		found = append(found, &it)
	}
	return found, nil
}
