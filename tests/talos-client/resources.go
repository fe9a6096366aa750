package main

import (
	"bytes"
	"context"
	"strings"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/resource/meta"
	"github.com/cosi-project/runtime/pkg/safe"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/client"
	"github.com/siderolabs/talos/pkg/machinery/resources/config"
	"github.com/siderolabs/talos/pkg/machinery/resources/k8s"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	// Each of these teaches the client what the specs of its types look like on the wire.
	_ "github.com/siderolabs/talos/pkg/machinery/resources/block"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/cluster"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/cri"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/etcd"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/files"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/hardware"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/kubeaccess"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/kubespan"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/network"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/perf"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/secrets"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/security"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/siderolink"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/time"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/v1alpha1"
)

func isControlPlane(ctx context.Context, c *client.Client) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	kind, err := safe.StateGetByID[*config.MachineType](ctx, c.COSI, config.MachineTypeID)
	if err != nil {
		return false, err
	}
	return kind.MachineType().String() == "controlplane", nil
}

// resources gets, lists and watches every type that the node says it has.
func resources(ctx context.Context, found *findings, node string, c *client.Client, as party) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	what := node + " " + as.name + " "
	definitions, err := safe.StateListAll[*meta.ResourceDefinition](ctx, c.COSI)
	found.expect(what+"ResourceDefinitions", codes.OK, err)
	if err != nil {
		return
	}
	found.holds(what+"has types", definitions.Len() > 10, definitions.Len())
	for definition := range definitions.All() {
		spec := definition.TypedSpec()
		want := codes.OK
		if spec.Sensitivity == meta.Sensitive && !as.admin {
			want = codes.PermissionDenied
		}
		one(ctx, found, what+spec.Type, c, spec, want)
	}

	_, err = c.COSI.List(ctx, resource.NewMetadata("runtime", "Nothings.runtime.talos.dev", "", resource.VersionUndefined))
	found.expect(what+"a type that is not there", codes.PermissionDenied, err)
	_, err = c.COSI.Get(ctx, resource.NewMetadata("config", config.MachineTypeType, "nobody", resource.VersionUndefined))
	found.holds(what+"an id that is not there", state.IsNotFoundError(err), err)
	// The client takes a refused write for a conflict of owners, and hides the code.
	err = c.COSI.Create(ctx, config.NewMachineType())
	found.holds(what+"Create is refused", err != nil && strings.Contains(err.Error(), "PermissionDenied"), err)
}

func one(ctx context.Context, found *findings, what string, c *client.Client, spec *meta.ResourceDefinitionSpec, want codes.Code) {
	kind := resource.NewMetadata(spec.DefaultNamespace, spec.Type, "", resource.VersionUndefined)
	// As talosctl does: the spec is shown as the node wrote it, whatever this client knows of the type.
	asWritten := state.WithSkipProtobufUnmarshal()
	list, err := c.COSI.List(ctx, kind, state.WithListUnmarshalOptions(asWritten))
	found.expect(what+" List", want, err)
	for _, it := range list.Items {
		// The spec of a config is the config itself, as text; that of a pod is whatever the kubelet says.
		if spec.Type != config.MachineConfigType && spec.Type != k8s.StaticPodStatusType {
			_, wrong := typed(it)
			found.holds(what+" "+it.Metadata().ID()+" is of its type", wrong == nil, wrong)
		}
	}
	if err == nil && len(list.Items) > 0 {
		first := list.Items[0].Metadata()
		_, err = c.COSI.Get(ctx, first, state.WithGetUnmarshalOptions(asWritten))
		found.expect(what+" Get", want, err)

		events := make(chan state.Event)
		watched, stop := context.WithCancel(ctx)
		err = c.COSI.Watch(watched, first, events, state.WithWatchUnmarshalOptions(asWritten))
		if err == nil {
			event := <-events
			err = event.Error
			found.holds(what+" Watch of one begins with it", err != nil || event.Type == state.Created, event.Type)
		}
		stop()
		found.expect(what+" Watch of one", want, err)
	}

	events := make(chan state.Event)
	watched, stop := context.WithCancel(ctx)
	defer stop()
	err = c.COSI.WatchKind(watched, kind, events, state.WithBootstrapContents(true),
		state.WithWatchKindUnmarshalOptions(asWritten))
	count := 0
	for err == nil {
		event := <-events
		if event.Type == state.Errored {
			err = event.Error
			break
		}
		if event.Type == state.Bootstrapped {
			found.holds(what+" Bootstrapped carries a bookmark", len(event.Bookmark) > 0, event.Bookmark)
			found.holds(what+" as many watched as listed", count == len(list.Items), count)
			break
		}
		count++
	}
	found.expect(what+" Watch", want, err)
}

// configuration applies what is there already, dry, in every mode.
func configuration(ctx context.Context, found *findings, node string, admin, reader *client.Client) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	current, err := safe.StateGetByID[*config.MachineConfig](ctx, admin.COSI, config.ActiveID)
	found.expect(node+" machine config", codes.OK, err)
	if err != nil {
		return
	}
	text, err := current.Container().Bytes()
	found.holds(node+" machine config is one", err == nil, err)
	for _, mode := range []machine.ApplyConfigurationRequest_Mode{
		machine.ApplyConfigurationRequest_AUTO, machine.ApplyConfigurationRequest_NO_REBOOT,
		machine.ApplyConfigurationRequest_STAGED, machine.ApplyConfigurationRequest_TRY,
		machine.ApplyConfigurationRequest_REBOOT,
	} {
		request := &machine.ApplyConfigurationRequest{
			Data: text, Mode: mode, DryRun: true, TryModeTimeout: durationpb.New(patience),
		}
		answer, err := admin.ApplyConfiguration(ctx, request)
		found.expect(node+" dry run "+mode.String(), codes.OK, err)
		found.holds(node+" dry run has details", err != nil || answer.Messages[0].ModeDetails != "", answer)
		_, err = reader.ApplyConfiguration(ctx, request)
		found.expect(node+" a reader's dry run "+mode.String(), codes.PermissionDenied, err)
	}
	for name, wrong := range map[string][]byte{
		"no config":       []byte("{}"),
		"no YAML":         []byte("a: [b"),
		"unknown key":     bytes.Replace(text, []byte("machine:"), []byte("machine:\n  wheels: 4"), 1),
		"nothing":         nil,
		"another machine": []byte("apiVersion: v1alpha1\nkind: Nonsense\n"),
	} {
		request := &machine.ApplyConfigurationRequest{
			Data: wrong, Mode: machine.ApplyConfigurationRequest_TRY, DryRun: true,
		}
		_, err := admin.ApplyConfiguration(ctx, request)
		found.holds(node+" a config that is wrong ("+name+") is refused", err != nil, status.Code(err))
	}
}
