package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// marker is the environment variable by which every process that was started in a folder is known, its children and
// theirs too. It holds that folder.
const marker = "PILOTHOUSE_ENGINES"

// process is what was started, as it is kept in the folder: enough to stop it, and to start it again as it was.
type process struct {
	Name        string   `json:"name"`
	Process     int      `json:"process"`
	Started     uint64   `json:"started"` // in ticks after the boot of the machine: a number used again has another
	Program     string   `json:"program"`
	Arguments   []string `json:"arguments"` // with the name it is called by
	Environment []string `json:"environment"`
	Log         string   `json:"log"`

	ended chan struct{} // closed once it has ended, where this program is its parent
}

// starter starts processes. With hold they die with this program, however it ends.
type starter struct {
	asked chan func()
	hold  bool
}

func newStarter(hold bool) *starter {
	s := &starter{asked: make(chan func()), hold: hold}
	go func() {
		// Linux ends a child with the thread that made it, not with the process: so one thread makes them all.
		runtime.LockOSThread()
		for it := range s.asked {
			it()
		}
	}()
	return s
}

// start starts a process in a group of its own, and keeps in dir what it is.
func (s *starter) start(dir string, it process) (*process, error) {
	if _, err := os.Stat(it.Program); err != nil {
		return nil, errMissing{fmt.Sprintf("%s is not built.", filepath.Base(it.Program)), "Build it: tests/engines/engines build"}
	}
	log, err := os.OpenFile(it.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	command := &exec.Cmd{
		Path: it.Program, Args: it.Arguments, Env: it.Environment, Dir: dir, Stdout: log, Stderr: log,
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	if s.hold {
		command.SysProcAttr.Pdeathsig = syscall.SIGTERM
	}
	done := make(chan error)
	s.asked <- func() { done <- command.Start() }
	if err := <-done; err != nil {
		return nil, fmt.Errorf("%s does not start: %w", it.Name, err)
	}
	it.Process = command.Process.Pid
	it.Started, _ = startTime(it.Process)
	it.ended = make(chan struct{})
	go func() {
		_ = command.Wait()
		close(it.ended)
	}()
	if err := writeJSON(recordOf(dir, it.Name), it); err != nil {
		_ = syscall.Kill(-it.Process, syscall.SIGKILL)
		return nil, err
	}
	return &it, nil
}

func recordOf(dir, name string) string { return filepath.Join(dir, "processes", name+".json") }

// stop ends the process and its group: kindly first, and after a while not so kindly.
func (p *process) stop() error {
	if !p.runs() {
		return nil
	}
	if err := stopGroup(p.Process, p.runs); err != nil {
		return fmt.Errorf("%s (process %d): %w", p.Name, p.Process, err)
	}
	return nil
}

const kindness = 10 * time.Second

func stopGroup(group int, runs func() bool) error {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if err := syscall.Kill(-group, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
		for end := time.Now().Add(kindness); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			if !runs() {
				return nil
			}
		}
	}
	return errors.New("it does not end")
}

// runs says whether this very process is alive, and not another with its number.
func (p *process) runs() bool {
	started, alive := startTime(p.Process)
	return alive && started == p.Started
}

// startTime is when a process was started, in ticks after boot; false where it has ended, though nobody may have asked
// yet how.
func startTime(number int) (uint64, bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", number))
	if err != nil {
		return 0, false
	}
	// The name stands in brackets and may hold anything.
	rest := string(text)
	rest = rest[strings.LastIndex(rest, ")")+1:]
	fields := strings.Fields(rest)
	if len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return 0, false
	}
	var started uint64
	_, err = fmt.Sscan(fields[19], &started)
	return started, err == nil
}
