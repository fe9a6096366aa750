// Asks a served world everything a person with talosctl can ask, with the official client of Talos, and says what a
// real node would not have answered.
//
//	go run . DIR
//
// DIR is what `pilothouse demo --serve DIR` wrote. One line for each finding; exit status 1 where there is one.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/client"
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
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: talos-client DIR")
		os.Exit(2)
	}
	found, err := run(os.Args[1])
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

func run(dir string) (*findings, error) {
	ctx := context.Background()
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
	for _, node := range admin.GetConfigContext().Nodes {
		at := client.WithNode(ctx, node)
		plane, err := isControlPlane(at, admin)
		if err != nil {
			// A node that is dead is dead for every question alike.
			dead(at, found, node, admin)
			continue
		}
		questions(at, found, node, plane, admin, roleAdmin)
		questions(at, found, node, plane, reader, roleReader)
		resources(at, found, node, admin, roleAdmin)
		resources(at, found, node, reader, roleReader)
		configuration(at, found, node, admin, reader)
	}
	routing(ctx, found, admin)
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
}
