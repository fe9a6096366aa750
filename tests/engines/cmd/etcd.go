package main

import "fmt"

func startEtcd(s *session) error {
	data, err := s.below("data", "etcd")
	if err != nil {
		return err
	}
	clients, err := s.ports.free()
	if err != nil {
		return err
	}
	peers, err := s.ports.free()
	if err != nil {
		return err
	}
	address, peer := "http://"+loopback(clients), "http://"+loopback(peers)
	// What is in it lives as long as a test: it need not survive a loss of power.
	it, err := s.start(spawn{name: "etcd", program: "etcd", arguments: []string{
		"--name=engines", "--data-dir=" + data, "--unsafe-no-fsync", "--log-level=warn",
		"--listen-client-urls=" + address, "--advertise-client-urls=" + address,
		"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer,
		"--initial-cluster=engines=" + peer, "--quota-backend-bytes=" + fmt.Sprint(8<<30),
	}})
	if err != nil {
		return err
	}
	if err := s.await(it, "readyz", answers(address+"/readyz", nil)); err != nil {
		return err
	}
	return s.tell(func(report *report) {
		report.Etcd = &etcdReport{URL: address}
		report.Metrics["etcd"] = address + "/metrics"
	})
}
