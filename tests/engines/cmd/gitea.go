package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
)

// Who has an account at the forge: one who may do everything there, one who reviews, one who has no rights.
var giteaAccounts = []string{"skipper", "reviewer", "outsider"}

const giteaSettings = `APP_NAME = Engines
RUN_USER = %[1]s
RUN_MODE = prod
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
WORK_PATH = %[2]s
[server]
PROTOCOL = http
HTTP_ADDR = 127.0.0.1
HTTP_PORT = %[4]d
DOMAIN = 127.0.0.1
ROOT_URL = http://127.0.0.1:%[4]d/
LOCAL_ROOT_URL = http://127.0.0.1:%[4]d/
STATIC_ROOT_PATH = %[3]s
OFFLINE_MODE = true
START_SSH_SERVER = true
SSH_DOMAIN = 127.0.0.1
SSH_PORT = %[5]d
SSH_LISTEN_HOST = 127.0.0.1
SSH_LISTEN_PORT = %[5]d
BUILTIN_SSH_SERVER_USER = git
SSH_SERVER_HOST_KEYS = %[6]s
[database]
DB_TYPE = sqlite3
PATH = %[2]s/gitea.db
[security]
INSTALL_LOCK = true
SECRET_KEY = %[7]s
INTERNAL_TOKEN = %[8]s
[service]
DISABLE_REGISTRATION = true
[repository]
ROOT = %[2]s/repositories
DEFAULT_BRANCH = main
[indexer]
ISSUE_INDEXER_TYPE = db
[queue]
TYPE = channel
[session]
PROVIDER = memory
[mailer]
ENABLED = false
[actions]
ENABLED = false
[cron]
ENABLED = false
[log]
MODE = console
LEVEL = Info
[oauth2]
JWT_SECRET = %[9]s
`

// gitea is an installation of the forge in a folder of ours.
type gitea struct {
	session    *session
	settings   string
	http, port int
	hostKey    string
}

func startGitea(s *session) error {
	it, err := s.installGitea()
	if err != nil {
		return err
	}
	if _, err := it.command("migrate"); err != nil {
		return err
	}
	var users []giteaUser
	for at, name := range giteaAccounts {
		user, err := it.account(name, at == 0)
		if err != nil {
			return err
		}
		users = append(users, user)
	}
	address := "http://" + loopback(it.http)
	web, err := s.start(spawn{name: "gitea", program: "gitea", arguments: []string{"--config", it.settings, "web"}})
	if err != nil {
		return err
	}
	if err := s.await(web, "healthz", all(answers(address+"/api/healthz", nil), listens(loopback(it.port)))); err != nil {
		return err
	}
	return s.tell(func(report *report) {
		report.Gitea = &giteaReport{
			URL: address, SSH: fmt.Sprintf("ssh://git@127.0.0.1:%d", it.port),
			SSHHostKey: fmt.Sprintf("[127.0.0.1]:%d %s", it.port, it.hostKey), Users: users,
		}
	})
}

func (s *session) installGitea() (*gitea, error) {
	program, err := findProgram("gitea")
	if err != nil {
		return nil, err
	}
	sources, err := program.sources()
	if err != nil {
		return nil, err
	}
	data, err := s.below("data", "gitea")
	if err != nil {
		return nil, err
	}
	ports, err := s.ports.several(2)
	if err != nil {
		return nil, err
	}
	private, public, err := sshKey()
	if err != nil {
		return nil, err
	}
	key := filepath.Join(data, "host-key")
	if err := os.WriteFile(key, private, 0o600); err != nil {
		return nil, err
	}
	me, err := user.Current()
	if err != nil {
		return nil, err
	}
	it := &gitea{s, filepath.Join(data, "app.ini"), ports[0], ports[1], public}
	text := fmt.Sprintf(giteaSettings, me.Username, data, sources, it.http, it.port, key, secret(), secret(), jwtSecret())
	return it, os.WriteFile(it.settings, []byte(text), 0o600)
}

// command runs one of Gitea's own commands until it has ended.
func (g *gitea) command(arguments ...string) (string, error) {
	return g.session.once("gitea", append([]string{"--config", g.settings}, arguments...)...)
}

// once runs a program that was built, with nothing of this machine's user, until it has ended.
func (s *session) once(program string, arguments ...string) (string, error) {
	context, done := context.WithTimeout(s.context, s.wishes.patience)
	defer done()
	command := exec.CommandContext(context, filepath.Join(binaries(), program), arguments...)
	homeless, err := s.below("data", "home")
	if err != nil {
		return "", err
	}
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + homeless, "LANG=C.UTF-8", marker + "=" + s.dir}
	said, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", program, strings.Join(arguments, " "), err, tail(string(said), 15))
	}
	return string(said), nil
}

// account makes an account and a token that may do whatever the account may.
func (g *gitea) account(name string, admin bool) (giteaUser, error) {
	it := giteaUser{Name: name, Password: secret(), Admin: admin}
	arguments := []string{
		"admin", "user", "create", "--username", name, "--password", it.Password, "--email", name + "@pilothouse.example",
		"--must-change-password=false", "--access-token", "--access-token-name", "engines", "--access-token-scopes", "all",
	}
	if admin {
		arguments = append(arguments, "--admin")
	}
	said, err := g.command(arguments...)
	if err != nil {
		// The password was an argument.
		return it, fmt.Errorf("gitea does not make the account %s: %s", name, strings.ReplaceAll(err.Error(), it.Password, "…"))
	}
	token := regexp.MustCompile(`\b[0-9a-f]{40}\b`).FindString(strings.ReplaceAll(said, it.Password, ""))
	if token == "" {
		return it, fmt.Errorf("gitea told no token for the account %s", name)
	}
	it.Token = token
	return it, nil
}
