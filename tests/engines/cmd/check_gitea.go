package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// forge asks Gitea as one of its users.
type forge struct {
	checking *checking
	user     giteaUser
}

func (c *checking) as(name string) forge {
	for _, it := range c.report.Gitea.Users {
		if it.Name == name {
			return forge{c, it}
		}
	}
	return forge{checking: c}
}

// errAnswer is an answer of the forge that is not a success.
type errAnswer struct {
	status int
	said   string
}

func (e errAnswer) Error() string { return fmt.Sprintf("%d: %s", e.status, e.said) }

// ask sends a request and decodes the answer into a value, where there is one.
func (f forge) ask(method, path string, body any, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	address := f.checking.report.Gitea.URL + "/api/v1" + path
	request, err := http.NewRequestWithContext(f.checking.context, method, address, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "token "+f.user.Token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := client(nil).Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %w", method, path, errAnswer{answer.StatusCode, strings.TrimSpace(string(said))})
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(said, into)
}

func (c *checking) gitea() error {
	skipper, reviewer, outsider := c.as("skipper"), c.as("reviewer"), c.as("outsider")
	var about struct{ Version string }
	if err := outsider.ask(http.MethodGet, "/version", nil, &about); err != nil {
		return err
	}
	if err := c.version("gitea", about.Version); err != nil {
		return err
	}
	// What an earlier check left.
	var answer errAnswer
	err := skipper.ask(http.MethodDelete, "/repos/skipper/checked", nil, nil)
	if err != nil && !(errors.As(err, &answer) && answer.status == http.StatusNotFound) {
		return err
	}
	if err := skipper.ask(http.MethodPost, "/user/repos", object{"name": "checked", "private": true}, nil); err != nil {
		return err
	}
	c.saw("skipper, with a token, makes a private repository")
	err = outsider.ask(http.MethodGet, "/repos/skipper/checked", nil, nil)
	if !errors.As(err, &answer) || answer.status != http.StatusNotFound {
		return fmt.Errorf("the outsider's question for a private repository: %v", err)
	}
	c.saw("to the outsider there is no such repository")
	return c.pullRequest(skipper, reviewer)
}

func (c *checking) pullRequest(skipper, reviewer forge) error {
	const repo = "/repos/skipper/checked"
	address := c.report.Gitea.URL + "/skipper/checked.git"
	push := strings.Replace(address, "http://", "http://skipper:"+skipper.user.Token+"@", 1)
	clone, err := c.cloned("forge", address, push)
	if err != nil {
		return err
	}
	if _, err := clone.commit("main", "thing.json", delivered("forge", "first")); err != nil {
		return err
	}
	if err := skipper.ask(http.MethodPut, repo+"/collaborators/reviewer", object{"permission": "write"}, nil); err != nil {
		return err
	}
	rule := object{"rule_name": "main", "enable_push": false, "required_approvals": 1}
	if err := skipper.ask(http.MethodPost, repo+"/branch_protections", rule, nil); err != nil {
		return err
	}
	if _, err := clone.commit("main", "thing.json", delivered("forge", "second")); err == nil {
		return errors.New("a push to the protected branch was taken")
	}
	c.saw("a push to the protected branch is refused")
	commit, err := clone.commit("wish", "thing.json", delivered("forge", "third"))
	if err != nil {
		return err
	}
	var pull struct{ Number int }
	wish := object{"title": "A wish", "head": "wish", "base": "main"}
	if err := skipper.ask(http.MethodPost, repo+"/pulls", wish, &pull); err != nil {
		return err
	}
	c.saw("pull request %d is made", pull.Number)
	status := object{"state": "success", "context": "check"}
	if err := skipper.ask(http.MethodPost, repo+"/statuses/"+commit, status, nil); err != nil {
		return err
	}
	return c.merge(skipper, reviewer, fmt.Sprintf("%s/pulls/%d", repo, pull.Number))
}

func (c *checking) merge(skipper, reviewer forge, pull string) error {
	merge := func() error { return skipper.ask(http.MethodPost, pull+"/merge", object{"Do": "merge"}, nil) }
	// The forge first looks whether the branches go together.
	err := c.until("the pull request can be judged", func() error {
		var it struct{ Mergeable bool }
		if err := skipper.ask(http.MethodGet, pull, nil, &it); err != nil {
			return err
		}
		if !it.Mergeable {
			return errors.New("it is not mergeable")
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := merge(); err == nil {
		return errors.New("it was merged without the approval that it needs")
	}
	c.saw("it is not merged without an approval")
	if err := reviewer.ask(http.MethodPost, pull+"/reviews", object{"event": "APPROVED", "body": "good"}, nil); err != nil {
		return err
	}
	if err := c.until("it is merged", merge); err != nil {
		return err
	}
	var it struct{ Merged bool }
	if err := skipper.ask(http.MethodGet, pull, nil, &it); err != nil || !it.Merged {
		return fmt.Errorf("it was merged and is not: %w", err)
	}
	c.saw("reviewer approves, skipper merges")
	return nil
}
