package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/resource/meta"
	"github.com/cosi-project/runtime/pkg/safe"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/client"
	"github.com/siderolabs/talos/pkg/machinery/resources/block"
	"github.com/siderolabs/talos/pkg/machinery/resources/config"
	"github.com/siderolabs/talos/pkg/machinery/resources/etcd"
	"github.com/siderolabs/talos/pkg/machinery/resources/k8s"
	"github.com/siderolabs/talos/pkg/machinery/resources/network"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	timeres "github.com/siderolabs/talos/pkg/machinery/resources/time"
	"github.com/siderolabs/talos/pkg/machinery/resources/v1alpha1"
	"google.golang.org/grpc/status"
)

// told is what a node says of itself; Dead is the code of one that does not answer.
type told struct {
	Dead       string                `json:"dead,omitempty"`
	Hostname   string                `json:"hostname"`
	Role       string                `json:"role"`
	Stage      string                `json:"stage"`
	Ready      bool                  `json:"ready"`
	Version    string                `json:"version"`
	Platform   string                `json:"platform"`
	Schematic  string                `json:"schematic"`
	Extensions map[string]string     `json:"extensions"`
	Addresses  []string              `json:"addresses"`
	Services   map[string]serviceSay `json:"services"`
	Kubelet    string                `json:"kubelet"`
	TimeSynced bool                  `json:"time_synced"`
	Active     string                `json:"active"`
	Persistent string                `json:"persistent"`
	Memory     uint64                `json:"memory"`
	Booted     uint64                `json:"booted"`
	Disks      []diskSay             `json:"disks"`
	Types      []string              `json:"types"`
	Member     string                `json:"member,omitempty"`
	Etcd       *etcdSay              `json:"etcd,omitempty"`
}

type serviceSay struct {
	State   string `json:"state"`
	Running bool   `json:"running"`
	Healthy bool   `json:"healthy"`
	Unknown bool   `json:"unknown"`
}

type diskSay struct {
	Path string `json:"path"`
	Size uint64 `json:"size"`
	What string `json:"what"`
}

type etcdSay struct {
	Members map[string]string `json:"members"`
	Leader  string            `json:"leader"`
	Term    uint64            `json:"term"`
	Alarms  int               `json:"alarms"`
}

// read prints what every node of the talosconfig says.
func read(ctx context.Context, dir string) error {
	admin, err := open(ctx, dir, "talosconfig")
	if err != nil {
		return err
	}
	defer admin.Close() //nolint:errcheck
	said := map[string]told{}
	for _, node := range admin.GetConfigContext().Nodes {
		at, cancel := context.WithTimeout(client.WithNode(ctx, node), patience)
		it, err := hear(at, admin)
		cancel()
		if err != nil {
			it = told{Dead: status.Code(err).String()}
			if _, version := admin.Version(client.WithNode(ctx, node)); version == nil {
				return fmt.Errorf("%s: %w", node, err)
			}
		}
		said[node] = it
	}
	return json.NewEncoder(os.Stdout).Encode(said)
}

func hear(ctx context.Context, c *client.Client) (it told, err error) {
	version, err := c.Version(ctx)
	if err != nil {
		return it, err
	}
	it.Version, it.Platform = version.Messages[0].Version.Tag, version.Messages[0].Platform.Name
	kind, err := safe.StateGetByID[*config.MachineType](ctx, c.COSI, config.MachineTypeID)
	if err != nil {
		return it, err
	}
	it.Role = kind.MachineType().String()
	stage, err := get[*runtime.MachineStatus](ctx, c, runtime.NewMachineStatus(), runtime.MachineStatusID)
	if err != nil {
		return it, err
	}
	it.Stage, it.Ready = stage.TypedSpec().Stage.String(), stage.TypedSpec().Status.Ready
	name, err := get[*network.HostnameStatus](ctx, c, network.NewHostnameStatus(network.NamespaceName, ""), network.HostnameID)
	if err != nil {
		return it, err
	}
	it.Hostname = name.TypedSpec().Hostname
	addresses, err := get[*network.NodeAddress](ctx, c, network.NewNodeAddress(network.NamespaceName, ""), network.NodeAddressCurrentID)
	if err != nil {
		return it, err
	}
	for _, prefix := range addresses.TypedSpec().Addresses {
		it.Addresses = append(it.Addresses, prefix.Addr().String())
	}
	synced, err := get[*timeres.Status](ctx, c, timeres.NewStatus(), timeres.StatusID)
	if err != nil {
		return it, err
	}
	it.TimeSynced = synced.TypedSpec().Synced
	kubelet, err := get[*k8s.KubeletSpec](ctx, c, k8s.NewKubeletSpec(k8s.NamespaceName, ""), k8s.KubeletID)
	if err != nil {
		return it, err
	}
	it.Kubelet = kubelet.TypedSpec().Image
	memory, err := c.Memory(ctx)
	if err != nil {
		return it, err
	}
	it.Memory = memory.Messages[0].Meminfo.Memtotal * 1024
	stat, err := c.MachineClient.SystemStat(ctx, nil)
	if err != nil {
		return it, err
	}
	it.Booted = stat.Messages[0].BootTime
	for _, part := range []func(context.Context, *client.Client, *told) error{services, extensions, disks, configs, types} {
		if err := part(ctx, c, &it); err != nil {
			return it, err
		}
	}
	if it.Role == "controlplane" {
		err = members(ctx, c, &it)
	}
	return it, err
}

func services(ctx context.Context, c *client.Client, it *told) error {
	it.Services = map[string]serviceSay{}
	known, err := list[*v1alpha1.Service](ctx, c, v1alpha1.NewService(""))
	if err != nil {
		return err
	}
	for _, one := range known {
		spec := one.TypedSpec()
		it.Services[one.Metadata().ID()] = serviceSay{"", spec.Running, spec.Healthy, spec.Unknown}
	}
	states, err := c.ServiceList(ctx)
	if err != nil {
		return err
	}
	for _, one := range states.Messages[0].Services {
		say := it.Services[one.Id]
		say.State = one.State
		it.Services[one.Id] = say
	}
	return nil
}

func extensions(ctx context.Context, c *client.Client, it *told) error {
	it.Extensions = map[string]string{}
	all, err := list[*runtime.ExtensionStatus](ctx, c, runtime.NewExtensionStatus(runtime.NamespaceName, ""))
	if err != nil {
		return err
	}
	for _, one := range all {
		switch about := one.TypedSpec().Metadata; about.Name {
		case "schematic":
			it.Schematic = about.Version
		case "modules.dep":
		default:
			it.Extensions[about.Name] = about.Version
		}
	}
	return nil
}

func disks(ctx context.Context, c *client.Client, it *told) error {
	all, err := list[*block.Disk](ctx, c, block.NewDisk(block.NamespaceName, ""))
	if err != nil {
		return err
	}
	for _, one := range all {
		spec := one.TypedSpec()
		what := strings.Fields(strings.Join([]string{spec.Model, spec.Transport, spec.Serial}, " "))
		it.Disks = append(it.Disks, diskSay{spec.DevPath, spec.Size, strings.Join(what, " ")})
	}
	return nil
}

func configs(ctx context.Context, c *client.Client, it *told) error {
	for id, to := range map[resource.ID]*string{config.ActiveID: &it.Active, config.PersistentID: &it.Persistent} {
		one, err := safe.StateGetByID[*config.MachineConfig](ctx, c.COSI, id)
		if err != nil {
			return err
		}
		text, err := one.Container().Bytes()
		if err != nil {
			return err
		}
		sum := sha256.Sum256(text)
		*to = hex.EncodeToString(sum[:])
	}
	return nil
}

func types(ctx context.Context, c *client.Client, it *told) error {
	all, err := safe.StateListAll[*meta.ResourceDefinition](ctx, c.COSI)
	if err != nil {
		return err
	}
	for one := range all.All() {
		it.Types = append(it.Types, one.TypedSpec().Type)
	}
	return nil
}

func members(ctx context.Context, c *client.Client, it *told) error {
	local, err := get[*etcd.Member](ctx, c, etcd.NewMember(etcd.NamespaceName, ""), etcd.LocalMemberID)
	if err != nil {
		return err
	}
	it.Member = local.TypedSpec().MemberID
	members, err := c.EtcdMemberList(ctx, &machine.EtcdMemberListRequest{})
	if err != nil {
		return err
	}
	status, err := c.EtcdStatus(ctx)
	if err != nil {
		return err
	}
	alarms, err := c.EtcdAlarmList(ctx)
	if err != nil {
		return err
	}
	say := &etcdSay{Members: map[string]string{}, Alarms: len(alarms.Messages[0].MemberAlarms)}
	for _, one := range members.Messages[0].Members {
		say.Members[fmt.Sprintf("%016x", one.Id)] = one.Hostname
	}
	say.Leader, say.Term = fmt.Sprintf("%016x", status.Messages[0].MemberStatus.Leader), status.Messages[0].MemberStatus.RaftTerm
	it.Etcd = say
	return nil
}
