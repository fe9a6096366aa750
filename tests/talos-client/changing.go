package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cosi-project/runtime/pkg/safe"
	"github.com/siderolabs/talos/pkg/machinery/api/common"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/client"
	"github.com/siderolabs/talos/pkg/machinery/resources/config"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
)

// change does to a world what talosctl can do to a cluster: configs in every mode, etcd, upgrades, a reboot.
func change(ctx context.Context, dir string) (*findings, error) {
	c, err := open(ctx, dir, "talosconfig")
	if err != nil {
		return nil, err
	}
	defer c.Close() //nolint:errcheck
	found := &findings{}
	var planes, workers []string
	for _, node := range c.GetConfigContext().Nodes {
		plane, err := isControlPlane(client.WithNode(ctx, node), c)
		switch {
		case err != nil:
			return nil, err
		case plane:
			planes = append(planes, node)
		default:
			workers = append(workers, node)
		}
	}
	applied(client.WithNode(ctx, workers[0]), found, workers[0], c)
	applied(client.WithNode(ctx, planes[0]), found, planes[0], c)
	etcdChanged(ctx, found, c, planes, workers[0])
	upgraded(client.WithNode(ctx, workers[0]), found, workers[0], c)
	return found, nil
}

// both are the configs in force and on disk.
func both(ctx context.Context, c *client.Client) (active, persistent string, err error) {
	for id, to := range map[string]*string{config.ActiveID: &active, config.PersistentID: &persistent} {
		one, err := safe.StateGetByID[*config.MachineConfig](ctx, c.COSI, id)
		if err != nil {
			return "", "", err
		}
		text, err := one.Container().Bytes()
		if err != nil {
			return "", "", err
		}
		*to = string(text)
	}
	return active, persistent, nil
}

func applied(ctx context.Context, found *findings, node string, c *client.Client) {
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	before, _, err := both(ctx, c)
	found.expect(node+" both configs", codes.OK, err)
	after := strings.Replace(before, "debug: false", "debug: true", 1)
	found.holds(node+" another config", after != before, "the same")
	apply := func(text string, mode machine.ApplyConfigurationRequest_Mode, span time.Duration) (*machine.ApplyConfigurationResponse, error) {
		return c.ApplyConfiguration(ctx, &machine.ApplyConfigurationRequest{
			Data: []byte(text), Mode: mode, TryModeTimeout: durationpb.New(span),
		})
	}
	are := func(what, active, persistent string) {
		one, other, err := both(ctx, c)
		found.holds(node+" "+what, err == nil && one == active && other == persistent,
			fmt.Sprint(err, one == before, one == after, other == before, other == after))
	}
	// An hour of the world, however fast it goes.
	_, err = apply(after, machine.ApplyConfigurationRequest_TRY, time.Hour)
	found.expect(node+" TRY", codes.OK, err)
	are("tried", after, before)
	_, err = c.ApplyConfiguration(ctx, &machine.ApplyConfigurationRequest{
		Data: []byte(before), Mode: machine.ApplyConfigurationRequest_TRY, DryRun: true,
	})
	found.expect(node+" TRY, dry", codes.OK, err)
	are("tried still", after, before)
	_, err = apply(after, machine.ApplyConfigurationRequest_NO_REBOOT, 0)
	found.expect(node+" NO_REBOOT", codes.OK, err)
	are("kept", after, after)
	staged, err := apply(before, machine.ApplyConfigurationRequest_STAGED, 0)
	found.expect(node+" STAGED", codes.OK, err)
	found.holds(node+" says that it is staged", err != nil || staged.Messages[0].Mode == machine.ApplyConfigurationRequest_STAGED, staged)
	are("staged", after, before)
	auto, err := apply(before, machine.ApplyConfigurationRequest_AUTO, 0)
	found.expect(node+" AUTO", codes.OK, err)
	found.holds(node+" AUTO without a reboot", err != nil || auto.Messages[0].Mode == machine.ApplyConfigurationRequest_NO_REBOOT, auto)
	are("as it was", before, before)

	_, err = apply(after, machine.ApplyConfigurationRequest_TRY, 5*time.Second)
	found.expect(node+" TRY for a moment", codes.OK, err)
	over := until(ctx, func() bool { active, _, err := both(ctx, c); return err == nil && active == before })
	found.holds(node+" what was tried is taken back", over, "it stays")

	for name, wrong := range map[string]string{
		"unknown key":  strings.Replace(before, "machine:", "machine:\n  wheels: 4", 1),
		"no YAML":      "a: [b",
		"only another": "apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: a\n",
		"unknown kind": before + "\n---\napiVersion: v1alpha1\nkind: NonsenseConfig\n",
		"two hosts":    before + "\n---\napiVersion: v1alpha1\nkind: KmsgLogConfig\nname: a\nurl: tcp://10.0.0.9:1/\n---\napiVersion: v1alpha1\nkind: KmsgLogConfig\nname: a\nurl: tcp://10.0.0.9:1/\n",
	} {
		for _, mode := range []machine.ApplyConfigurationRequest_Mode{
			machine.ApplyConfigurationRequest_NO_REBOOT, machine.ApplyConfigurationRequest_TRY,
			machine.ApplyConfigurationRequest_STAGED,
		} {
			_, err := apply(wrong, mode, time.Hour)
			found.expect(node+" "+mode.String()+" with "+name, codes.InvalidArgument, err)
		}
	}
	are("untouched", before, before)
}

// until waits for something that comes by itself.
func until(ctx context.Context, holds func() bool) bool {
	for {
		if holds() {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func etcdChanged(ctx context.Context, found *findings, c *client.Client, planes []string, worker string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	leader := func() (node string, id uint64) {
		for _, node := range planes {
			said, err := c.EtcdStatus(client.WithNode(ctx, node))
			if err == nil && said.Messages[0].MemberStatus.Leader == said.Messages[0].MemberStatus.MemberId {
				return node, said.Messages[0].MemberStatus.MemberId
			}
		}
		return "", 0
	}
	before, id := leader()
	found.holds("etcd has a leader", before != "", planes)
	gave, err := c.EtcdForfeitLeadership(client.WithNode(ctx, before), &machine.EtcdForfeitLeadershipRequest{})
	found.expect("the leader gives up", codes.OK, err)
	found.holds("and says to whom", err != nil || gave.Messages[0].Member != "", gave)
	changed := until(ctx, func() bool { node, now := leader(); return node != "" && now != id })
	found.holds("another leads", changed, before)
	err = c.EtcdRemoveMemberByID(client.WithNode(ctx, planes[0]), &machine.EtcdRemoveMemberByIDRequest{MemberId: 1})
	found.expect("nobody's member is removed", codes.NotFound, err)
	err = c.Bootstrap(client.WithNode(ctx, planes[0]), &machine.BootstrapRequest{})
	found.expect("etcd is bootstrapped again", codes.AlreadyExists, err)
	err = c.Bootstrap(client.WithNode(ctx, worker), &machine.BootstrapRequest{})
	found.expect("a worker is bootstrapped", codes.FailedPrecondition, err)
	err = c.EtcdLeaveCluster(client.WithNode(ctx, worker), &machine.EtcdLeaveClusterRequest{})
	found.expect("a worker leaves etcd", codes.Unimplemented, err)
}

// upgraded writes another Talos, as its version allows, and boots it.
func upgraded(ctx context.Context, found *findings, node string, c *client.Client) {
	ctx, cancel := context.WithTimeout(ctx, 4*patience)
	defer cancel()
	current, err := c.Version(ctx)
	found.expect(node+" Version before", codes.OK, err)
	if err != nil {
		return
	}
	from := current.Messages[0].Version.Tag
	to := from[:strings.LastIndex(from, ".")] + ".77"
	image := "factory.talos.dev/hcloud-installer/" + strings.Repeat("a", 64) + ":" + to
	instance := &common.ContainerdInstance{
		Driver: common.ContainerDriver_CRI, Namespace: common.ContainerdNamespace_NS_SYSTEM,
	}
	stat, err := c.MachineClient.SystemStat(ctx, nil)
	found.expect(node+" SystemStat before", codes.OK, err)
	booted := stat.GetMessages()[0].GetBootTime()

	if from < "v1.13" {
		_, err := c.LifecycleClient.Upgrade(ctx, &machine.LifecycleServiceUpgradeRequest{})
		if err == nil {
			stream, _ := c.LifecycleClient.Upgrade(ctx, &machine.LifecycleServiceUpgradeRequest{})
			_, err = stream.Recv()
		}
		found.expect(node+" the new way to upgrade", codes.Unimplemented, err)
		answer, err := c.Upgrade(ctx, image, false, false)
		found.expect(node+" Upgrade", codes.OK, err)
		found.holds(node+" Upgrade says who", err != nil || answer.Messages[0].ActorId != "", answer)
	} else {
		pull, err := c.ImageClient.Pull(ctx, &machine.ImageServicePullRequest{Containerd: instance, ImageRef: image})
		name := ""
		for err == nil {
			var next *machine.ImageServicePullResponse
			if next, err = pull.Recv(); err == nil {
				name = next.GetName()
			}
		}
		found.holds(node+" Pull ends with the image", errors.Is(err, io.EOF) && name == image, fmt.Sprint(err, name))
		code, err := written(ctx, c, instance, "factory.talos.dev/no-version")
		found.holds(node+" an image without a version fails", err == nil && code != 0, fmt.Sprint(err, code))
		code, err = written(ctx, c, instance, image)
		found.holds(node+" LifecycleService Upgrade", err == nil && code == 0, fmt.Sprint(err, code))
		still, err := c.Version(ctx)
		found.holds(node+" runs what it ran until it boots", err == nil && still.Messages[0].Version.Tag == from, still)
		answer, err := c.RebootWithResponse(ctx)
		found.expect(node+" Reboot", codes.OK, err)
		found.holds(node+" Reboot says who", err != nil || answer.Messages[0].ActorId != "", answer)
	}
	again := until(ctx, func() bool {
		stat, err := c.MachineClient.SystemStat(ctx, nil)
		if err != nil || stat.Messages[0].BootTime == booted {
			return false
		}
		stage, err := get[*runtime.MachineStatus](ctx, c, runtime.NewMachineStatus(), runtime.MachineStatusID)
		return err == nil && stage.TypedSpec().Stage == runtime.MachineStageRunning && stage.TypedSpec().Status.Ready
	})
	found.holds(node+" is back", again, "it is not")
	after, err := c.Version(ctx)
	found.holds(node+" runs what was written", err == nil && after.Messages[0].Version.Tag == to, after)
	// What was staged or tried before is over, and the config is there.
	active, persistent, err := both(ctx, c)
	found.holds(node+" has its config", err == nil && active == persistent && bytes.Contains([]byte(active), []byte("machine:")), err)
}

// written is the exit code of an installer.
func written(ctx context.Context, c *client.Client, in *common.ContainerdInstance, image string) (int32, error) {
	stream, err := c.LifecycleClient.Upgrade(ctx, &machine.LifecycleServiceUpgradeRequest{
		Containerd: in, Source: &machine.InstallArtifactsSource{ImageName: image},
	})
	code := int32(-1)
	for err == nil {
		var next *machine.LifecycleServiceUpgradeResponse
		if next, err = stream.Recv(); err == nil {
			if exit, ok := next.GetProgress().GetResponse().(*machine.LifecycleServiceInstallProgress_ExitCode); ok {
				code = exit.ExitCode
			}
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return code, err
}
