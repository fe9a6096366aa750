package main

import (
	"crypto/subtle"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// pushToken is the environment variable with the password that a push needs. Reading needs none.
const pushToken = "GIT_SERVE_TOKEN"

const pusher = "git"

func gitServeVerb(arguments []string) error {
	flags := flag.NewFlagSet("git-serve", flag.ContinueOnError)
	root := flags.String("root", "", "")
	address := flags.String("listen", "127.0.0.1:0", "")
	if err := flags.Parse(arguments); err != nil || *root == "" || flags.NArg() > 0 {
		return errUsage
	}
	git, err := exec.LookPath("git")
	if err != nil {
		return errMissing{"git is not on this machine.", "Install it: apt-get install git"}
	}
	whole, err := filepath.Abs(*root)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		return err
	}
	if host, _, _ := net.SplitHostPort(listener.Addr().String()); !net.ParseIP(host).IsLoopback() {
		return errors.Join(fmt.Errorf("%w: %s is not on loopback", errUsage, host), listener.Close())
	}
	fmt.Printf("http://%s serves the repositories in %s\n", listener.Addr(), whole)
	return http.Serve(listener, gitServer{git, whole, os.Getenv(pushToken)})
}

// gitServer lets git itself answer what its clients ask over HTTP.
type gitServer struct{ git, root, token string }

func (g gitServer) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	environment := []string{
		"GIT_PROJECT_ROOT=" + g.root, "GIT_HTTP_EXPORT_ALL=1", "GIT_PROTOCOL=" + request.Header.Get("Git-Protocol"),
		// Whoever owns the repositories: they were put there to be served.
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*",
	}
	if pushes(request) {
		_, password, _ := request.BasicAuth()
		if g.token == "" || subtle.ConstantTimeCompare([]byte(password), []byte(g.token)) != 1 {
			answer.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(answer, "a push needs the token", http.StatusUnauthorized)
			return
		}
		// Git lets nobody push who has no name.
		environment = append(environment, "REMOTE_USER="+pusher)
	}
	// A script by the old rules is told beforehand how much it will read, and a large push does not say it.
	if request.ContentLength < 0 {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			http.Error(answer, err.Error(), http.StatusBadRequest)
			return
		}
		request.Body = io.NopCloser(strings.NewReader(string(body)))
		request.ContentLength, request.TransferEncoding = int64(len(body)), nil
	}
	script := cgi.Handler{
		Path: g.git, Args: []string{"http-backend"}, Root: "/", Dir: g.root, Env: environment,
		InheritEnv: []string{"PATH", "HOME", marker}, Stderr: os.Stderr,
	}
	script.ServeHTTP(answer, request)
}

func pushes(request *http.Request) bool {
	return request.URL.Query().Get("service") == "git-receive-pack" || strings.HasSuffix(request.URL.Path, "/git-receive-pack")
}

func startGit(s *session) error {
	root, err := s.below("git")
	if err != nil {
		return err
	}
	port, err := s.ports.free()
	if err != nil {
		return err
	}
	own, err := os.Executable()
	if err != nil {
		return err
	}
	token := secret()
	it, err := s.start(spawn{name: "git", program: own, more: []string{pushToken + "=" + token}, arguments: []string{
		"git-serve", "--root", root, "--listen", loopback(port),
	}})
	if err != nil {
		return err
	}
	if err := s.await(it, "it takes connections", listens(loopback(port))); err != nil {
		return err
	}
	return s.tell(func(report *report) {
		report.Git = &gitReport{URL: "http://" + loopback(port), Root: root, User: pusher, Token: token}
	})
}
