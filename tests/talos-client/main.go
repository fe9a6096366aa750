// Asks a served world everything a person with talosctl can ask, with the official client of Talos, and says what a
// real node would not have answered.
//
//	go run . DIR [ask|change|read]
//
// DIR is what `pilothouse demo --serve DIR` wrote. `ask`, the usual one, changes nothing; `change` applies configs,
// upgrades and boots. One line for each finding; exit status 1 where there is one. `read` prints what every node says
// of itself, as JSON.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/client"
	"github.com/siderolabs/talos/pkg/machinery/resources/config"
	"github.com/siderolabs/talos/pkg/machinery/role"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// patience bounds one question; none is expected to need it.
const patience = 30 * time.Second

type findings struct {
	asked int
	wrong []string
}

// expect notes the answer to one question: want is the code that a real node gives.
func (f *findings) expect(what string, want codes.Code, err error) {
	f.asked++
	if got := status.Code(err); got != want {
		f.wrong = append(f.wrong, fmt.Sprintf("%s: %v wanted, %v: %v", what, want, got, err))
	}
}

// holds notes something that must be so in an answer.
func (f *findings) holds(what string, so bool, got any) {
	f.asked++
	if !so {
		f.wrong = append(f.wrong, fmt.Sprintf("%s: got %v", what, got))
	}
}

func main() {
	ctx, mode := context.Background(), "ask"
	switch len(os.Args) {
	case 2:
	case 3:
		mode = os.Args[2]
	default:
		fmt.Fprintln(os.Stderr, "usage: talos-client DIR [ask|change|read]")
		os.Exit(2)
	}
	found, err := &findings{}, error(nil)
	switch mode {
	case "read":
		if err = read(ctx, os.Args[1]); err == nil {
			return
		}
	case "change":
		found, err = change(ctx, os.Args[1])
	default:
		found, err = ask(ctx, os.Args[1])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	for _, line := range found.wrong {
		fmt.Println(line)
	}
	fmt.Printf("%d questions, %d answers that a real node would not give\n", found.asked, len(found.wrong))
	if len(found.wrong) > 0 {
		os.Exit(1)
	}
}

func ask(ctx context.Context, dir string) (*findings, error) {
	admin, err := open(ctx, dir, "talosconfig")
	if err != nil {
		return nil, err
	}
	defer admin.Close() //nolint:errcheck
	reader, err := open(ctx, dir, "talosconfig-reader")
	if err != nil {
		return nil, err
	}
	defer reader.Close() //nolint:errcheck

	found := &findings{}
	var alive, gone []string
	var plane0 string
	for _, node := range admin.GetConfigContext().Nodes {
		at := client.WithNode(ctx, node)
		plane, err := isControlPlane(at, admin)
		if err != nil {
			// A node that is dead is dead for every question alike.
			dead(at, found, node, admin)
			gone = append(gone, node)
			continue
		}
		alive = append(alive, node)
		if plane && plane0 == "" {
			plane0 = node
		}
		questions(at, found, node, plane, admin, roleAdmin)
		questions(at, found, node, plane, reader, roleReader)
		resources(at, found, node, admin, roleAdmin)
		resources(at, found, node, reader, roleReader)
		configuration(at, found, node, admin, reader)
		following(at, found, node, reader)
	}
	routing(ctx, found, admin)
	several(ctx, found, admin, alive, gone)
	ca, err := authority(client.WithNode(ctx, plane0), admin)
	if err != nil {
		return nil, err
	}
	endpoint := admin.GetEndpoints()[0]
	if err := wrongRoles(ctx, found, ca, endpoint); err != nil {
		return nil, err
	}
	if err := strangers(ctx, found, ca, endpoint); err != nil {
		return nil, err
	}
	anybody, err := minted(ca, endpoint, time.Now(), time.Hour, role.Admin)
	if err != nil {
		return nil, err
	}
	if err := notPlayed(ctx, found, anybody, plane0); err != nil {
		return nil, err
	}
	return found, nil
}

func open(ctx context.Context, dir, name string) (*client.Client, error) {
	return client.New(ctx, client.WithConfigFromFile(filepath.Join(dir, name)))
}

// drain reads a stream of messages to its end, or until enough of them are there.
func drain[T any](receive func() (T, error), enough int) (int, error) {
	for count := 0; ; count++ {
		if count == enough {
			return count, nil
		}
		if _, err := receive(); errors.Is(err, io.EOF) {
			return count, nil
		} else if err != nil {
			return count, err
		}
	}
}

// routing: a node that nobody knows, two at once, and the old way of asking many.
func routing(ctx context.Context, found *findings, c *client.Client) {
	for _, name := range []string{"127.99.99.99", "nobody.example"} {
		_, err := c.Version(client.WithNode(ctx, name))
		found.expect("an unknown node "+name, codes.Unavailable, err)
	}
	version, err := c.Version(ctx)
	found.expect("no node at all", codes.OK, err)
	found.holds("the endpoint answers for itself", err == nil && len(version.Messages) == 1, version)
}

func dead(ctx context.Context, found *findings, node string, c *client.Client) {
	_, err := c.Version(ctx)
	found.expect(node+" (dead) Version", codes.Unavailable, err)
	stream, err := c.Dmesg(ctx, false, false)
	if err == nil {
		_, err = stream.Recv()
	}
	found.expect(node+" (dead) Dmesg", codes.Unavailable, err)
	_, err = c.COSI.List(ctx, resource.NewMetadata("config", config.MachineTypeType, "", resource.VersionUndefined))
	found.expect(node+" (dead) a list of resources", codes.Unavailable, err)
	_, err = c.ServiceList(ctx)
	found.expect(node+" (dead) ServiceList", codes.Unavailable, err)
	_, err = c.ApplyConfiguration(ctx, &machine.ApplyConfigurationRequest{DryRun: true})
	found.expect(node+" (dead) a dry run", codes.Unavailable, err)
}
