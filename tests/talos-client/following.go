package main

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/siderolabs/talos/pkg/machinery/api/common"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/client"
	"google.golang.org/grpc/codes"
)

// following: how much of a log comes, of whom, and where events begin.
func following(ctx context.Context, found *findings, node string, c *client.Client) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	system := common.ContainerDriver_CONTAINERD
	lines := func(tail int32) int {
		stream, err := c.Logs(ctx, "system", system, "kubelet", false, tail)
		var text []byte
		for err == nil {
			var data *common.Data
			if data, err = stream.Recv(); err == nil {
				text = append(text, data.Bytes...)
			}
		}
		found.holds(node+" a log ends", errors.Is(err, io.EOF), err)
		return bytes.Count(text, []byte("\n"))
	}
	all := lines(-1)
	found.holds(node+" a log has lines", all > 3, all)
	found.holds(node+" the last three lines of a log", lines(3) == 3, lines(3))
	found.holds(node+" none of a log", lines(0) == 0, lines(0))

	stream, err := c.Logs(ctx, "system", system, "nobody", false, -1)
	if err == nil {
		_, err = stream.Recv()
	}
	found.holds(node+" nobody's log", err != nil && !errors.Is(err, io.EOF), err)

	containers, err := c.Containers(ctx, "k8s.io", common.ContainerDriver_CRI)
	found.expect(node+" containers", codes.OK, err)
	if err == nil && len(containers.Messages[0].Containers) > 0 {
		id := containers.Messages[0].Containers[0].Id
		stream, err := c.Logs(ctx, "k8s.io", common.ContainerDriver_CRI, id, false, -1)
		if err == nil {
			_, err = drain(stream.Recv, -1)
		}
		found.expect(node+" the log of "+id, codes.OK, err)
	}

	follow, stop := context.WithCancel(ctx)
	defer stop()
	dmesg, err := c.Dmesg(follow, true, false)
	if err == nil {
		_, err = drain(dmesg.Recv, 5)
	}
	found.expect(node+" Dmesg followed", codes.OK, err)
	_, err = c.Dmesg(follow, true, true)
	found.expect(node+" Dmesg followed from its end", codes.OK, err)

	events(follow, found, node, c)
}

func events(ctx context.Context, found *findings, node string, c *client.Client) {
	take := func(request *machine.EventsRequest, count int) ([]*machine.Event, error) {
		stream, err := c.MachineClient.Events(ctx, request)
		var all []*machine.Event
		for err == nil && len(all) < count {
			var event *machine.Event
			if event, err = stream.Recv(); err == nil {
				all = append(all, event)
			}
		}
		return all, err
	}
	first, err := take(&machine.EventsRequest{TailEvents: -1}, 4)
	found.expect(node+" all events", codes.OK, err)
	if err != nil {
		return
	}
	found.holds(node+" events have ids that grow", first[1].Id < first[2].Id && first[2].Id < first[3].Id, first)
	again, err := take(&machine.EventsRequest{TailId: first[1].Id}, 2)
	found.expect(node+" events after one", codes.OK, err)
	found.holds(node+" the event after one is the next", err != nil || again[1].Id == first[2].Id, again)
	last, err := take(&machine.EventsRequest{TailEvents: 1}, 2)
	found.expect(node+" the last event", codes.OK, err)
	found.holds(node+" the last event is a late one", err != nil || last[1].Id >= first[3].Id, last)
	_, err = take(&machine.EventsRequest{TailEvents: 1, TailId: first[1].Id}, 1)
	found.holds(node+" events from two places are refused", err != nil, err)
}
