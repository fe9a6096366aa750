package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

const serviceAddresses = "10.96.0.0/16"

func startAPIServer(s *session) error {
	port := s.wishes.port
	if port == 0 {
		var err error
		if port, err = s.ports.free(); err != nil {
			return err
		}
	}
	if err := s.makeKeys(); err != nil {
		return err
	}
	address := "https://" + loopback(port)
	users, err := s.admit(address)
	if err != nil {
		return err
	}
	it, err := s.start(spawn{name: "kube-apiserver", program: "kube-apiserver", arguments: append([]string{
		"--etcd-servers=" + s.report.Etcd.URL, "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", port), "--cert-dir=" + s.key(""),
		"--tls-cert-file=" + s.key("apiserver.crt"), "--tls-private-key-file=" + s.key("apiserver.key"),
		"--client-ca-file=" + s.key("clients.crt"), "--token-auth-file=" + s.key("tokens.csv"),
		"--service-account-key-file=" + s.key("sa.pub"), "--service-account-signing-key-file=" + s.key("sa.key"),
		"--service-account-issuer=https://kubernetes.default.svc", "--service-cluster-ip-range=" + serviceAddresses,
		"--kubelet-client-certificate=" + s.key("kubelet-client.crt"), "--kubelet-client-key=" + s.key("kubelet-client.key"),
		"--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
		"--requestheader-client-ca-file=" + s.key("front-proxy-ca.crt"), "--requestheader-allowed-names=front-proxy-client",
		"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + s.key("front-proxy-client.crt"), "--proxy-client-key-file=" + s.key("front-proxy-client.key"),
		"--authorization-mode=Node,RBAC", "--allow-privileged", "--endpoint-reconciler-type=none",
		// Pods here have no service account that anybody would have made for them.
		"--disable-admission-plugins=ServiceAccount",
	}, s.wishes.arguments...)})
	if err != nil {
		return err
	}
	if err := s.await(it, "readyz", answers(address+"/readyz", s.authority)); err != nil {
		return err
	}
	err = s.tell(func(report *report) {
		report.Kubernetes = &kubernetesReport{
			URL: address, Authority: s.key("ca.crt"), AuthorityKey: s.key("ca.key"),
			Kubeconfig: filepath.Join(s.dir, "kubeconfig"), Users: users,
			ServiceAccounts: serviceAccounts{Public: s.key("sa.pub"), Private: s.key("sa.key")},
		}
		report.Metrics["kube-apiserver"] = address + "/metrics"
	})
	if err != nil {
		return err
	}
	if err := os.Symlink(filepath.Join("kubeconfigs", "admin"), filepath.Join(s.dir, "kubeconfig")); err != nil {
		return err
	}
	_, err = s.kubectl(readersRole(), "apply", "--server-side", "-f", "-")
	return err
}

// key is a file of the folder of keys.
func (s *session) key(name string) string { return filepath.Join(s.dir, "pki", name) }

// makeKeys makes every certificate that is needed. Webhooks show the same one as the API server.
func (s *session) makeKeys() error {
	var err error
	if files := words(s.wishes.authority); len(files) == 2 {
		s.authority, err = readAuthority(files[0], files[1])
	} else if len(files) == 0 {
		s.authority, err = newAuthority("kubernetes")
	} else {
		err = fmt.Errorf("%w: --authority wants a certificate and its key, with a comma between them", errUsage)
	}
	if err != nil {
		return err
	}
	front, err := newAuthority("front-proxy-ca")
	if err != nil {
		return err
	}
	names := []string{
		"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "localhost",
		"127.0.0.1", "::1", "10.96.0.1",
	}
	server, err := s.authority.server(slices.Concat(names, s.wishes.alsoNamed))
	if err != nil {
		return err
	}
	kubelet, err := s.authority.client("kube-apiserver-kubelet-client", masters)
	if err != nil {
		return err
	}
	proxy, err := front.client("front-proxy-client")
	if err != nil {
		return err
	}
	for name, it := range map[string]pair{"apiserver": server, "kubelet-client": kubelet, "front-proxy-client": proxy} {
		if err := it.write(s.key(name+".crt"), s.key(name+".key")); err != nil {
			return err
		}
	}
	return s.writeKeys(front)
}

func (s *session) writeKeys(front *authority) error {
	private, public, err := signingKey()
	if err != nil {
		return err
	}
	own, err := privatePEM(s.authority.key)
	if err != nil {
		return err
	}
	clients := slices.Clone(s.authority.pem)
	if s.wishes.clients != "" {
		more, err := os.ReadFile(s.wishes.clients)
		if err != nil {
			return err
		}
		clients = append(clients, more...)
	}
	for name, text := range map[string][]byte{
		"ca.crt": s.authority.pem, "ca.key": own, "clients.crt": clients, "sa.pub": public, "sa.key": private,
		"front-proxy-ca.crt": front.pem,
	} {
		if err := os.WriteFile(s.key(name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}
