package main

import (
	"context"
	"crypto/tls"
	stdx509 "crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cosi-project/runtime/pkg/safe"
	"github.com/siderolabs/crypto/x509"
	"github.com/siderolabs/talos/pkg/machinery/client"
	clientconfig "github.com/siderolabs/talos/pkg/machinery/client/config"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	"github.com/siderolabs/talos/pkg/machinery/resources/config"
	"github.com/siderolabs/talos/pkg/machinery/role"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// authority is that of the machines, as the config of a control plane has it.
func authority(ctx context.Context, c *client.Client) (*x509.PEMEncodedCertificateAndKey, error) {
	current, err := safe.StateGetByID[*config.MachineConfig](ctx, c.COSI, config.ActiveID)
	if err != nil {
		return nil, err
	}
	ca := current.Config().Machine().Security().IssuingCA()
	if ca == nil || len(ca.Key) == 0 {
		return nil, errors.New("the config has no authority with its key")
	}
	return ca, nil
}

// caller is a client with a certificate of its own.
type caller struct {
	ca, pair *x509.PEMEncodedCertificateAndKey
	endpoint string
}

// minted is a caller whose certificate the authority signed, for some roles and a time.
func minted(ca *x509.PEMEncodedCertificateAndKey, endpoint string, from time.Time, span time.Duration, roles ...role.Role) (caller, error) {
	pair, err := secrets.NewAdminCertificateAndKey(from, ca, role.MakeSet(roles...), span)
	return caller{ca, pair, endpoint}, err
}

func (who caller) client(ctx context.Context) (*client.Client, error) {
	text := base64.StdEncoding.EncodeToString
	return client.New(ctx, client.WithConfigContext(&clientconfig.Context{
		Endpoints: []string{who.endpoint}, CA: text(who.ca.Crt), Crt: text(who.pair.Crt), Key: text(who.pair.Key),
	}))
}

// dial is a bare connection, for calls by their names.
func (who caller) dial() (*grpc.ClientConn, error) {
	pair, err := tls.X509KeyPair(who.pair.Crt, who.pair.Key)
	if err != nil {
		return nil, err
	}
	roots := stdx509.NewCertPool()
	roots.AppendCertsFromPEM(who.ca.Crt)
	address := who.endpoint
	if !strings.Contains(address, ":") {
		address += ":50000"
	}
	return grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{
		RootCAs: roots, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12,
	})))
}

// rights are the calls that not every role may make, and the roles that may; no call is made that would do anything.
var rights = []struct {
	method string
	roles  []role.Role
}{
	{"machine.MachineService/ApplyConfiguration", nil},
	{"machine.MachineService/Bootstrap", nil},
	{"machine.MachineService/Copy", nil},
	{"machine.MachineService/EtcdForfeitLeadership", nil},
	{"machine.MachineService/EtcdLeaveCluster", nil},
	{"machine.MachineService/EtcdRecover", nil},
	{"machine.MachineService/EtcdRemoveMemberByID", nil},
	{"machine.MachineService/GenerateClientConfiguration", nil},
	{"machine.MachineService/Kubeconfig", nil},
	{"machine.MachineService/Read", nil},
	{"machine.MachineService/Reset", nil},
	{"machine.MachineService/Rollback", nil},
	{"machine.MachineService/Upgrade", nil},
	{"machine.LifecycleService/Install", nil},
	{"machine.LifecycleService/Upgrade", nil},
	{"machine.NobodyService/Knows", nil},
	{"machine.MachineService/EtcdAlarmDisarm", []role.Role{role.Operator}},
	{"machine.MachineService/EtcdDefragment", []role.Role{role.Operator}},
	{"machine.MachineService/Reboot", []role.Role{role.Operator}},
	{"machine.MachineService/Restart", []role.Role{role.Operator}},
	{"machine.MachineService/ServiceRestart", []role.Role{role.Operator}},
	{"machine.MachineService/ServiceStart", []role.Role{role.Operator}},
	{"machine.MachineService/ServiceStop", []role.Role{role.Operator}},
	{"machine.MachineService/Shutdown", []role.Role{role.Operator}},
	{"machine.ImageService/Pull", []role.Role{role.Operator}},
	{"machine.MachineService/EtcdSnapshot", []role.Role{role.Operator, role.EtcdBackup}},
	{"machine.MachineService/Version", []role.Role{role.Reader, role.Operator}},
	{"machine.MachineService/Dmesg", []role.Role{role.Reader, role.Operator}},
	{"cosi.resource.State/List", []role.Role{role.Reader, role.Operator}},
	{"cosi.resource.State/Create", nil},
}

// wrongRoles: each call by each role that may not make it, and how it is refused.
func wrongRoles(ctx context.Context, found *findings, ca *x509.PEMEncodedCertificateAndKey, endpoint string) error {
	for _, as := range []role.Role{role.Reader, role.Operator, role.EtcdBackup} {
		who, err := minted(ca, endpoint, time.Now(), time.Hour, as)
		if err != nil {
			return err
		}
		conn, err := who.dial()
		if err != nil {
			return err
		}
		for _, it := range rights {
			if !contains(it.roles, as) {
				what := fmt.Sprintf("%s by %s", it.method, as)
				err := called(ctx, conn, it.method)
				found.expect(what, codes.PermissionDenied, err)
				found.holds(what+" says why", status.Convert(err).Message() == "not authorized", err)
			}
		}
		// What a role is for, it may do.
		c, err := who.client(ctx)
		if err != nil {
			return err
		}
		_, err = c.EtcdStatus(ctx)
		found.expect("EtcdStatus by "+string(as), codes.OK, err)
		_ = c.Close()
		_ = conn.Close()
	}
	return nil
}

func contains(all []role.Role, one role.Role) bool {
	for _, it := range all {
		if it == one {
			return true
		}
	}
	return false
}

// called makes a call by its name; a stream is read to its first message.
func called(ctx context.Context, conn *grpc.ClientConn, method string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, "/"+method)
	if err != nil {
		return err
	}
	if err := stream.SendMsg(&emptypb.Empty{}); err != nil && !strings.Contains(err.Error(), "EOF") {
		return err
	}
	_ = stream.CloseSend()
	return stream.RecvMsg(&emptypb.Empty{})
}

// strangers: certificates that are over, of another authority, and a server of another authority.
func strangers(ctx context.Context, found *findings, ca *x509.PEMEncodedCertificateAndKey, endpoint string) error {
	other, err := secrets.NewTalosCA(time.Now())
	if err != nil {
		return err
	}
	theirs := &x509.PEMEncodedCertificateAndKey{Crt: other.CrtPEM, Key: other.KeyPEM}
	over, err := minted(ca, endpoint, time.Now().Add(-48*time.Hour), time.Hour, role.Admin)
	if err != nil {
		return err
	}
	foreign, err := minted(theirs, endpoint, time.Now(), time.Hour, role.Admin)
	if err != nil {
		return err
	}
	believer := foreign
	foreign.ca = ca
	// The server's word comes after the handshake, and may be too late for the client to hear why.
	for _, it := range []struct {
		what string
		who  caller
		says string
	}{
		{"a certificate that is over", over, ""},
		{"a certificate of another authority", foreign, ""},
		{"a server of another authority", believer, "certificate signed by unknown authority"},
	} {
		c, err := it.who.client(ctx)
		if err != nil {
			return err
		}
		asked, cancel := context.WithTimeout(ctx, patience)
		_, err = c.Version(asked)
		cancel()
		found.expect(it.what, codes.Unavailable, err)
		found.holds(it.what+" says why", strings.Contains(status.Convert(err).Message(), it.says), err)
		_ = c.Close()
	}
	return nil
}
