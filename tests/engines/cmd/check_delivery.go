package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// delivered is an object whose content says which commit it came from.
func delivered(name, says string) object {
	return object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": object{"name": name, "namespace": checkNamespace},
		"data": object{"says": says}}
}

func (c *checking) argoCD() error {
	text, err := fetched(c.context, "http://"+c.report.ArgoCD.Server+"/api/version")
	if err != nil {
		return err
	}
	var said struct{ Version string }
	if err := json.Unmarshal(text, &said); err != nil {
		return err
	}
	bare, _, _ := strings.Cut(said.Version, "+")
	if err := c.version("argocd", bare); err != nil {
		return err
	}
	c.saw("redis-server %s", c.report.Versions["redis-server"])
	if err := c.refusedPush(); err != nil {
		return err
	}
	return c.deliver("by-argo-cd", func(repository *repository) error {
		return c.apply(object{
			"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
			"metadata": object{"name": "checked", "namespace": argoNamespace},
			"spec": object{
				"project":     "default",
				"source":      object{"repoURL": repository.url, "targetRevision": "main", "path": "things"},
				"destination": object{"server": "https://kubernetes.default.svc", "namespace": checkNamespace},
				"syncPolicy":  object{"automated": object{"prune": true, "selfHeal": true}},
			},
		})
	}, func(commit string) error {
		for path, wanted := range map[string]string{
			"{.status.sync.revision}": commit, "{.status.sync.status}": "Synced", "{.status.health.status}": "Healthy",
		} {
			if err := c.becomes(argoNamespace, "application/checked", path, wanted); err != nil {
				return err
			}
		}
		c.saw("argo-cd calls the Application Synced and Healthy at %s", short(commit))
		return nil
	})
}

// refusedPush sees that the Git server takes nothing from whoever has no token.
func (c *checking) refusedPush() error {
	repository, err := c.served("refused")
	if err != nil {
		return err
	}
	repository.push = repository.url
	if _, err := repository.commit("main", "thing.json", delivered("refused", "never")); err == nil {
		return fmt.Errorf("a push without the token was taken")
	}
	c.saw("git: a push without the token is refused")
	return nil
}

func (c *checking) flux() error {
	for _, name := range []string{"source-controller", "kustomize-controller"} {
		c.saw("%s %s, which does not tell its version itself", name, c.report.Versions[name])
	}
	return c.deliver("by-flux", func(repository *repository) error {
		about := object{"name": "checked", "namespace": fluxNamespace}
		return c.apply(object{
			"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "metadata": about,
			"spec": object{"interval": "5s", "url": repository.url, "ref": object{"branch": "main"}},
		}, object{
			"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": about,
			"spec": object{
				"interval": "5s", "path": "./things", "prune": true,
				"sourceRef": object{"kind": "GitRepository", "name": "checked"},
			},
		})
	}, func(commit string) error {
		const thing, path = "kustomization.kustomize.toolkit.fluxcd.io/checked", "{.status.lastAppliedRevision}"
		if err := c.becomes(fluxNamespace, thing, path, "main@sha1:"+commit); err != nil {
			return err
		}
		c.saw("flux calls the Kustomization applied at %s", short(commit))
		return nil
	})
}

// deliver commits twice, and sees both commits arrive.
func (c *checking) deliver(name string, begin func(*repository) error, follows func(commit string) error) error {
	repository, err := c.served(name)
	if err != nil {
		return err
	}
	for at, says := range []string{"first", "second"} {
		commit, err := repository.commit("main", "things/thing.yaml", delivered(name, says))
		if err != nil {
			return err
		}
		if at == 0 {
			if err := begin(repository); err != nil {
				return err
			}
		}
		if err := c.becomes(checkNamespace, "configmap/"+name, "{.data.says}", says); err != nil {
			return err
		}
		if err := follows(commit); err != nil {
			return err
		}
	}
	return nil
}
