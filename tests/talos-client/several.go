package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/client"
	"github.com/siderolabs/talos/pkg/machinery/resources/config"
	"google.golang.org/grpc/codes"
)

// several: many nodes with one call, as talosctl asked before 1.13, with one of them dead; and many endpoints.
func several(ctx context.Context, found *findings, c *client.Client, alive, dead []string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	all := append(slices.Clone(alive), dead...)
	//nolint:staticcheck // deprecated, and still served
	many := client.WithNodes(ctx, all...)

	versions, err := c.MachineClient.Version(many, nil)
	found.expect("Version of several", codes.OK, err)
	if err == nil {
		said := map[string]*machine.Version{}
		for _, it := range versions.Messages {
			said[it.Metadata.GetHostname()] = it
		}
		found.holds("as many versions as nodes", len(versions.Messages) == len(all), len(versions.Messages))
		for _, node := range alive {
			found.holds("a version of "+node, said[node].GetVersion().GetTag() != "" && said[node].Metadata.Error == "", said[node])
		}
		for _, node := range dead {
			found.holds("why there is no version of "+node, said[node].GetMetadata().GetError() != "", said[node])
			found.holds("the code of it", codes.Code(said[node].GetMetadata().GetStatus().GetCode()) == codes.Unavailable, said[node])
		}
	}

	stream, err := c.MachineClient.Dmesg(many, &machine.DmesgRequest{})
	lines := map[string]int{}
	for err == nil {
		data, next := stream.Recv()
		if next != nil {
			err = next
			break
		}
		if data.GetMetadata().GetError() == "" {
			lines[data.GetMetadata().GetHostname()]++
		}
	}
	found.holds("Dmesg of several ends", err == io.EOF, err)
	for _, node := range alive {
		found.holds("Dmesg of "+node, lines[node] > 0, lines)
	}

	_, err = c.COSI.List(many, resource.NewMetadata("config", config.MachineTypeType, "", resource.VersionUndefined))
	found.expect("resources of several", codes.InvalidArgument, err)

	endpoints, err := client.New(ctx, client.WithConfigContext(c.GetConfigContext()), client.WithEndpoints(c.GetEndpoints()...))
	found.holds("many endpoints", err == nil, err)
	if err != nil {
		return
	}
	defer endpoints.Close() //nolint:errcheck
	for number := range 2 * len(c.GetEndpoints()) {
		_, err := endpoints.Version(client.WithNode(ctx, alive[number%len(alive)]))
		found.expect(fmt.Sprintf("Version of %s by any endpoint", alive[number%len(alive)]), codes.OK, err)
	}
}
