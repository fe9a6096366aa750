// Builds the real engines that the stand-ins of the simulator are held to, starts them on loopback, says where they
// are, and stops them. It is run by the script beside this folder.
package main

import (
	"errors"
	"fmt"
	"os"
)

// home is the folder tests/engines of this clone: the script that builds the program says it.
var home string

const usage = `engines: real engines for Pilothouse, on loopback.

  engines build [NAME…]               build what is missing or whose pin has changed, into target/engines
  engines up --dir DIR [OPTION…]      start them, wait until they are ready, say where they are
  engines down --dir DIR [--remove]   stop what was started in DIR; --remove takes the folder away too
  engines status --dir DIR            what was started in DIR, and what of it runs
  engines stop --dir DIR NAME…        stop single processes, by the names that status says
  engines start --dir DIR NAME…       start them again, as they were started before
  engines versions                    the version of each engine
  engines check [--dir DIR]           see each engine do its work: on what runs in DIR, or on its own, stopped after
  engines git-serve --root ROOT       serve the bare repositories below ROOT over smart HTTP

Options of up:
  --only A,B            only these engines and what they need
  --without A,B         all but these
  --hold                stay until a signal or the end of standard input comes, then stop everything
  --patience 3m         how long one engine may take until it is ready
  --cluster-name NAME   what the kubeconfigs call the cluster (default: engines)
  --authority CRT,KEY   PEM files of the authority that signs the certificates, where it shall not be a new one
  --client-ca FILE      more authorities whose client certificates the API server accepts
  --port PORT           the port of the API server, where it shall not be any free one
  --name NAME           one more name or address in its certificate; may be repeated
  --user NAME=GROUP,…   one more user of the API server; may be repeated
  --kube-apiserver ARG  one more argument of the API server, such as --audit-log-path=FILE; may be repeated

Exit status: 0 good, 1 it failed, 2 wrong usage, 3 something is missing on this machine.
`

// errUsage says that the command line is wrong.
var errUsage = errors.New("wrong usage: engines help says what there is")

// errMissing says that this machine lacks something, and how to get it.
type errMissing struct{ what, how string }

func (e errMissing) Error() string { return e.what + "\n  " + e.how }

func main() {
	err := run(os.Args[1:])
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "engines:", err)
	var missing errMissing
	switch {
	case errors.As(err, &missing):
		os.Exit(3)
	case errors.Is(err, errUsage):
		os.Exit(2)
	}
	os.Exit(1)
}

func run(arguments []string) error {
	if len(arguments) == 0 {
		fmt.Print(usage)
		return errUsage
	}
	verbs := map[string]func([]string) error{
		"build":     buildVerb,
		"up":        upVerb,
		"down":      downVerb,
		"status":    statusVerb,
		"stop":      stopVerb,
		"start":     startVerb,
		"versions":  versionsVerb,
		"check":     checkVerb,
		"git-serve": gitServeVerb,
	}
	if verb, known := verbs[arguments[0]]; known {
		return verb(arguments[1:])
	}
	fmt.Print(usage)
	if arguments[0] == "help" || arguments[0] == "--help" {
		return nil
	}
	return errUsage
}
