package main

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
)

// unplayed are the reads that a real node answers and the world does not: the cockpit asks none of them. One that is
// answered by now belongs among the questions.
var unplayed = []string{
	"cluster.ClusterService/HealthCheck",
	"inspect.InspectService/ControllerRuntimeDependencies",
	"machine.MachineService/CPUFreqStats",
	"machine.MachineService/Copy",
	"machine.MachineService/DiskUsage",
	"machine.MachineService/ImageList",
	"machine.MachineService/Kubeconfig",
	"machine.MachineService/List",
	"machine.MachineService/Netstat",
	"machine.MachineService/Read",
}

// notPlayed holds the list of them to what the world says: that it does not know them, and nothing worse.
func notPlayed(ctx context.Context, found *findings, who caller, node string) error {
	conn, err := who.dial()
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck
	at := metadata.AppendToOutgoingContext(ctx, "node", node)
	for _, method := range unplayed {
		found.expect(method+" (not played)", codes.Unimplemented, called(at, conn, method))
	}
	return nil
}
