package main

import (
	"context"
	"io"

	"github.com/siderolabs/talos/pkg/machinery/api/common"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/client"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/emptypb"
)

type party struct {
	name  string
	admin bool
}

var (
	roleAdmin  = party{"os:admin", true}
	roleReader = party{"os:reader", false}
)

// questions are the reads of the Talos API but for COSI.
func questions(ctx context.Context, found *findings, node string, plane bool, c *client.Client, as party) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	none := &emptypb.Empty{}
	ask := func(name string, want codes.Code, call func() error) {
		found.expect(node+" "+as.name+" "+name, want, call())
	}
	ok := func(name string, call func() error) { ask(name, codes.OK, call) }
	// etcd runs on control planes only.
	etcd := codes.OK
	if !plane {
		etcd = codes.Unimplemented
	}

	// What came with Talos 1.13.
	images := codes.OK
	ok("Version", func() error {
		version, err := c.Version(ctx)
		if err == nil && version.Messages[0].Version.Tag < "v1.13" {
			images = codes.Unimplemented
		}
		return err
	})
	ok("Hostname", func() error { _, err := c.MachineClient.Hostname(ctx, none); return err })
	ok("ServiceList", func() error {
		list, err := c.ServiceList(ctx)
		if err == nil {
			for _, it := range list.Messages[0].Services {
				found.holds(node+" service "+it.Id+" has a state", it.State != "", it)
			}
		}
		return err
	})
	ok("ServiceInfo kubelet", func() error {
		infos, err := c.ServiceInfo(ctx, "kubelet")
		found.holds(node+" has a kubelet", err != nil || len(infos) == 1, infos)
		return err
	})
	ok("LoadAvg", func() error { _, err := c.MachineClient.LoadAvg(ctx, none); return err })
	ok("Memory", func() error {
		memory, err := c.Memory(ctx)
		found.holds(node+" has memory", err != nil || memory.Messages[0].Meminfo.Memtotal > 0, memory)
		return err
	})
	ok("SystemStat", func() error {
		stat, err := c.MachineClient.SystemStat(ctx, none)
		found.holds(node+" has booted", err != nil || stat.Messages[0].BootTime > 0, stat)
		return err
	})
	ok("CPUInfo", func() error { _, err := c.MachineClient.CPUInfo(ctx, none); return err })
	ok("NetworkDeviceStats", func() error { _, err := c.MachineClient.NetworkDeviceStats(ctx, none); return err })
	ok("DiskStats", func() error { _, err := c.MachineClient.DiskStats(ctx, none); return err })
	ok("Disks", func() error { _, err := c.Disks(ctx); return err })
	ok("Processes", func() error { _, err := c.Processes(ctx); return err })
	ok("Mounts", func() error { _, err := c.Mounts(ctx); return err })
	ok("Time", func() error { _, err := c.Time(ctx); return err })
	for namespace, driver := range map[string]common.ContainerDriver{
		"system": common.ContainerDriver_CONTAINERD, "k8s.io": common.ContainerDriver_CRI,
	} {
		ok("Containers "+namespace, func() error { _, err := c.Containers(ctx, namespace, driver); return err })
		ok("Stats "+namespace, func() error { _, err := c.Stats(ctx, namespace, driver); return err })
	}
	ok("LogsContainers", func() error { _, err := c.LogsContainers(ctx); return err })
	ask("ImageService List", images, func() error {
		in := &common.ContainerdInstance{Driver: common.ContainerDriver_CRI, Namespace: common.ContainerdNamespace_NS_CRI}
		stream, err := c.ImageClient.List(ctx, &machine.ImageServiceListRequest{Containerd: in})
		if err != nil {
			return err
		}
		_, err = drain(stream.Recv, -1)
		return err
	})
	streams(ctx, found, node, c, as)

	ask("EtcdMemberList", etcd, func() error {
		_, err := c.EtcdMemberList(ctx, &machine.EtcdMemberListRequest{})
		return err
	})
	ask("EtcdStatus", etcd, func() error { _, err := c.EtcdStatus(ctx); return err })
	ask("EtcdAlarmList", etcd, func() error { _, err := c.EtcdAlarmList(ctx); return err })
	snapshot := etcd
	if !as.admin {
		snapshot = codes.PermissionDenied
	}
	ask("EtcdSnapshot", snapshot, func() error {
		stream, err := c.EtcdSnapshot(ctx, &machine.EtcdSnapshotRequest{})
		if err != nil {
			return err
		}
		bytes, err := io.ReadAll(stream)
		found.holds(node+" snapshot holds something", err != nil || len(bytes) > 0, len(bytes))
		return err
	})
	if !as.admin {
		refused(ctx, ask, c)
	}
}

// refused are the writes; a reader may not even try one.
func refused(ctx context.Context, ask func(string, codes.Code, func() error), c *client.Client) {
	no := codes.PermissionDenied
	ask("Reboot", no, func() error { return c.Reboot(ctx) })
	ask("Upgrade", no, func() error { _, err := c.Upgrade(ctx, "image", false, false); return err })
	ask("Reset", no, func() error { return c.Reset(ctx, true, false) })
	ask("Bootstrap", no, func() error { return c.Bootstrap(ctx, &machine.BootstrapRequest{}) })
	ask("EtcdForfeitLeadership", no, func() error {
		_, err := c.EtcdForfeitLeadership(ctx, &machine.EtcdForfeitLeadershipRequest{})
		return err
	})
	ask("EtcdLeaveCluster", no, func() error {
		return c.EtcdLeaveCluster(ctx, &machine.EtcdLeaveClusterRequest{})
	})
	ask("EtcdRemoveMemberByID", no, func() error {
		return c.EtcdRemoveMemberByID(ctx, &machine.EtcdRemoveMemberByIDRequest{MemberId: 1})
	})
	ask("Shutdown", no, func() error { return c.Shutdown(ctx) })
	ask("Rollback", no, func() error { return c.Rollback(ctx) })
	ask("Read", no, func() error {
		stream, err := c.Read(ctx, "/etc/os-release")
		if err != nil {
			return err
		}
		_, err = io.ReadAll(stream)
		return err
	})
	ask("Kubeconfig", no, func() error { _, err := c.Kubeconfig(ctx); return err })
}

// streams are those that end, and the first words of those that do not.
func streams(ctx context.Context, found *findings, node string, c *client.Client, as party) {
	what := node + " " + as.name + " "
	dmesg, err := c.Dmesg(ctx, false, false)
	if err == nil {
		var lines int
		lines, err = drain(dmesg.Recv, -1)
		found.holds(what+"dmesg says something", err != nil || lines > 0, lines)
	}
	found.expect(what+"Dmesg", codes.OK, err)

	for _, id := range []string{"kubelet", "machined", "kernel"} {
		logs, err := c.Logs(ctx, "system", common.ContainerDriver_CONTAINERD, id, false, -1)
		if err == nil {
			_, err = drain(logs.Recv, -1)
		}
		found.expect(what+"Logs "+id, codes.OK, err)
	}
	follow, stop := context.WithCancel(ctx)
	defer stop()
	logs, err := c.Logs(follow, "system", common.ContainerDriver_CONTAINERD, "kubelet", true, 5)
	if err == nil {
		_, err = drain(logs.Recv, 1)
	}
	found.expect(what+"Logs kubelet, followed", codes.OK, err)

	events, err := c.Events(follow, client.WithTailEvents(-1))
	if err == nil {
		var hello *machine.Event
		hello, err = events.Recv()
		found.holds(what+"events begin with an empty hello", err != nil || hello.Data == nil, hello)
	}
	if err == nil {
		var first *machine.Event
		first, err = events.Recv()
		if err == nil {
			_, wrong := client.UnmarshalEvent(first)
			found.holds(what+"an event can be read", wrong == nil, wrong)
		}
	}
	found.expect(what+"Events", codes.OK, err)
}
