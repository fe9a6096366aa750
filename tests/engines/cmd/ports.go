package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// Below what Linux gives to outgoing connections, so that nobody gets one of these by chance between the moment it is
// found free and the moment an engine listens on it.
const firstPort, lastPort = 20_000, 32_000

// ports gives each free port of loopback once.
type ports struct {
	guard sync.Mutex
	given map[int]bool
}

// free is a port on which nothing listens.
func (p *ports) free() (int, error) {
	p.guard.Lock()
	defer p.guard.Unlock()
	if p.given == nil {
		p.given = map[int]bool{}
	}
	for range 1000 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		if p.given[port] || !unused(port) {
			continue
		}
		p.given[port] = true
		return port, nil
	}
	return 0, errors.New("no free port on 127.0.0.1")
}

func unused(port int) bool {
	listener, err := net.Listen("tcp", loopback(port))
	if err != nil {
		return false
	}
	return listener.Close() == nil
}

func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// several are this many free ports.
func (p *ports) several(count int) ([]int, error) {
	found := make([]int, count)
	for at := range found {
		var err error
		if found[at], err = p.free(); err != nil {
			return nil, err
		}
	}
	return found, nil
}
