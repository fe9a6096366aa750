package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// repository is a clone in which a check commits and from which it pushes.
type repository struct {
	checking *checking
	dir      string
	url      string
	push     string // with the credentials of a push
}

// git runs git with nothing of this machine's user.
func (c *checking) git(dir string, arguments ...string) (string, error) {
	command := exec.CommandContext(c.context, "git", arguments...)
	command.Dir = dir
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Join(c.report.Folder, "data", "home"), "GIT_CONFIG_NOSYSTEM=1",
		"GIT_TERMINAL_PROMPT=0", "GIT_AUTHOR_NAME=check", "GIT_AUTHOR_EMAIL=check@pilothouse.example",
		"GIT_COMMITTER_NAME=check", "GIT_COMMITTER_EMAIL=check@pilothouse.example",
	}
	said, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", arguments[0], err, tail(string(said), 10))
	}
	return strings.TrimSpace(string(said)), nil
}

// served makes a repository that the Git server serves, and a clone of it.
func (c *checking) served(name string) (*repository, error) {
	bare := filepath.Join(c.report.Git.Root, name+".git")
	if err := os.RemoveAll(bare); err != nil {
		return nil, err
	}
	if _, err := c.git("", "init", "--quiet", "--bare", "--initial-branch=main", bare); err != nil {
		return nil, err
	}
	address := c.report.Git.URL + "/" + name + ".git"
	return c.cloned(name, address, strings.Replace(address, "http://", "http://"+c.report.Git.User+":"+c.report.Git.Token+"@", 1))
}

func (c *checking) cloned(name, address, push string) (*repository, error) {
	dir := filepath.Join(c.report.Folder, "data", "clones", name)
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return nil, err
	}
	if _, err := c.git("", "init", "--quiet", "--initial-branch=main", dir); err != nil {
		return nil, err
	}
	return &repository{c, dir, address, push}, nil
}

// commit writes an object into a file, commits that and pushes it to a branch. The commit.
func (r *repository) commit(branch, file string, it object) (string, error) {
	text, err := json.MarshalIndent(it, "", "  ")
	if err != nil {
		return "", err
	}
	path := filepath.Join(r.dir, file)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o600); err != nil {
		return "", err
	}
	for _, it := range [][]string{
		{"add", "."}, {"commit", "--quiet", "-m", "Say what shall be"}, {"push", "--quiet", r.push, "HEAD:refs/heads/" + branch},
	} {
		if _, err := r.checking.git(r.dir, it...); err != nil {
			// The address of the push holds its password.
			return "", fmt.Errorf("%s", strings.ReplaceAll(err.Error(), r.push, r.url))
		}
	}
	return r.checking.git(r.dir, "rev-parse", "HEAD")
}

// short is a commit as people say it.
func short(commit string) string { return commit[:min(len(commit), 8)] }
