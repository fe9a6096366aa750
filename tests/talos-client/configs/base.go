package main

import (
	"fmt"
	"runtime/debug"

	"github.com/siderolabs/crypto/x509"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/encoder"
	"github.com/siderolabs/talos/pkg/machinery/config/generate"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	"github.com/siderolabs/talos/pkg/machinery/config/machine"
)

// base is a config as it is generated for a version of Talos; that of 1.11 is of one document.
type base struct {
	minor int
	role  machine.Type
}

var bases = []base{
	{11, machine.TypeControlPlane}, {11, machine.TypeWorker},
	{12, machine.TypeControlPlane}, {12, machine.TypeWorker},
	{13, machine.TypeControlPlane}, {13, machine.TypeWorker},
	{14, machine.TypeControlPlane}, {14, machine.TypeWorker},
}

func (b base) name() string {
	return fmt.Sprintf("1.%d %s", b.minor, b.role)
}

func (b base) config() ([]byte, error) {
	contract, err := config.ParseContractFromVersion(fmt.Sprintf("v1.%d.0", b.minor))
	if err != nil {
		return nil, err
	}
	input, err := generate.NewInput("home", "https://10.0.0.1:6443", "1.34.1",
		generate.WithVersionContract(contract),
		generate.WithSecretsBundle(made()),
		generate.WithInstallDisk("/dev/sda"),
		generate.WithInstallImage(fmt.Sprintf("factory.talos.dev/metal-installer/0123:v1.%d.1", b.minor)),
	)
	if err != nil {
		return nil, err
	}
	provider, err := input.Config(b.role)
	if err != nil {
		return nil, err
	}
	return provider.EncodeBytes(encoder.WithComments(encoder.CommentsDisabled))
}

// made are secrets that are none, and the same at every run.
func made() *secrets.Bundle {
	pair := func(name string) *x509.PEMEncodedCertificateAndKey {
		return &x509.PEMEncodedCertificateAndKey{Crt: []byte(name + " crt"), Key: []byte(name + " key")}
	}
	return &secrets.Bundle{
		Clock:   secrets.NewClock(),
		Cluster: &secrets.Cluster{ID: "cluster id", Secret: "cluster secret"},
		Secrets: &secrets.Secrets{
			BootstrapToken: "aaaaaa.bbbbbbbbbbbbbbbb", SecretboxEncryptionSecret: "c2VjcmV0Ym94",
		},
		TrustdInfo: &secrets.TrustdInfo{Token: "cccccc.dddddddddddddddd"},
		Certs: &secrets.Certs{
			Etcd: pair("etcd"), K8s: pair("k8s"), K8sAggregator: pair("aggregator"), OS: pair("os"),
			K8sServiceAccount: &x509.PEMEncodedKey{Key: []byte("service account key")},
		},
	}
}

// machinery is the version that this program was built with.
func machinery() string {
	info, _ := debug.ReadBuildInfo()
	for _, it := range info.Deps {
		if it.Path == "github.com/siderolabs/talos/pkg/machinery" {
			return it.Version
		}
	}
	return ""
}
