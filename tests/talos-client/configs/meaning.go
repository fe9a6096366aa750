package main

import (
	"fmt"
	"reflect"
	"sort"
	"strings"

	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
)

// meaning is whether two ways to say a thing mean the same to Talos: what it asks a config for in new code, where that
// answers differently.
type meaning struct {
	Name    string   `json:"name"`
	Old     string   `json:"old"`
	New     string   `json:"new"`
	Differs []string `json:"differs,omitempty"`
	Refused string   `json:"refused,omitempty"`
}

func (f form) meaning() meaning {
	found := meaning{Name: f.Name, Old: f.Old, New: f.New}
	read := func(text string) map[string]string {
		provider, err := configloader.NewFromBytes([]byte(text))
		if err != nil {
			found.Refused = err.Error()
			return nil
		}
		said := map[string]string{}
		asked(provider, said)
		return said
	}
	old, current := read(f.Old), read(f.New)
	if found.Refused != "" {
		return found
	}
	for _, all := range []map[string]string{old, current} {
		for path := range all {
			if old[path] != current[path] && !formal(path) {
				found.Differs = append(found.Differs, fmt.Sprintf("%s: %s, %s", path, old[path], current[path]))
			}
		}
	}
	sort.Strings(found.Differs)
	found.Differs = compacted(found.Differs)
	return found
}

// formal are the answers that go with the form alone: no field of either form says them.
func formal(path string) bool {
	for _, it := range []string{
		// What a document switches on by being there, and the old form does not know.
		"K8sKubeletConfig.DisableManifestsDirectory", "K8sProxyConfig.UseConfigFile",
		"K8sAPIServerConfig.ExtraVolumes[0]", "K8sAPIServerConfig.InjectDefaultAuthorizers",
		"K8sAPIServerConfig.StartupProbesEnabled", "K8sAPIServerConfig.UseAuthenticationConfig",
		// Images, where none is said.
		"K8sAPIServerConfig.Image", "K8sProxyConfig.Image",
		// Others' documents, which the old form implies.
		"K8sFlannelCNIConfig", "K8sCredentialProviderConfig", "NetworkKubeSpanConfig.Filters",
		// Asked elsewhere of the old form, and of no account where a name is set.
		"Environment.Variables", "NetworkHostnameConfig.AutoHostname",
	} {
		if strings.HasPrefix(path, it) {
			return true
		}
	}
	return false
}

func compacted(all []string) []string {
	var found []string
	for _, it := range all {
		if len(found) == 0 || found[len(found)-1] != it {
			found = append(found, it)
		}
	}
	return found
}

// asked puts every question of the interface of configs that is not about the old document alone.
func asked(provider config.Provider, into map[string]string) {
	old := map[string]bool{"Debug": true, "Machine": true, "Cluster": true}
	type questions = config.Config
	kind := reflect.TypeFor[questions]()
	for number := range kind.NumMethod() {
		method := kind.Method(number)
		if !old[method.Name] {
			answer(method.Name, reflect.ValueOf(provider).MethodByName(method.Name), method.Type, into, 0)
		}
	}
}

// answer calls a method without parameters, and goes on with what comes back.
func answer(path string, method reflect.Value, kind reflect.Type, into map[string]string, depth int) {
	if kind.NumIn() != 0 || kind.NumOut() == 0 || depth > 6 {
		return
	}
	defer func() {
		if why := recover(); why != nil {
			into[path] = fmt.Sprint("panics: ", why)
		}
	}()
	told(path, method.Call(nil)[0], kind.Out(0), into, depth)
}

func told(path string, value reflect.Value, kind reflect.Type, into map[string]string, depth int) {
	switch kind.Kind() {
	case reflect.Interface:
		if value.IsNil() {
			into[path] = "nothing"
			return
		}
		if kind.NumMethod() == 0 {
			into[path] = fmt.Sprint(value.Interface())
			return
		}
		for number := range kind.NumMethod() {
			method := kind.Method(number)
			answer(path+"."+method.Name, value.MethodByName(method.Name), method.Type, into, depth+1)
		}
	case reflect.Slice:
		if kind.Elem().Kind() != reflect.Interface {
			into[path] = fmt.Sprint(value.Interface())
			return
		}
		for number := range value.Len() {
			told(fmt.Sprintf("%s[%d]", path, number), value.Index(number), kind.Elem(), into, depth+1)
		}
	case reflect.Map:
		if kind.Elem().Kind() != reflect.Interface || kind.Elem().NumMethod() == 0 {
			into[path] = fmt.Sprint(value.Interface())
			return
		}
		for _, key := range value.MapKeys() {
			told(fmt.Sprintf("%s[%v]", path, key), value.MapIndex(key), kind.Elem(), into, depth+1)
		}
	case reflect.Pointer:
		if value.IsNil() {
			into[path] = "nothing"
			return
		}
		into[path] = fmt.Sprint(value.Elem().Interface())
	default:
		into[path] = fmt.Sprint(value.Interface())
	}
}
