package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// answers is a probe: a GET of the address is answered with 200.
func answers(address string, trusted *authority) func(context.Context) error {
	client := client(trusted)
	return func(context context.Context) error {
		request, err := http.NewRequestWithContext(context, http.MethodGet, address, nil)
		if err != nil {
			return err
		}
		answer, err := client.Do(request)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(io.LimitReader(answer.Body, 4096))
		if err != nil {
			return err
		}
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s: %s", address, answer.Status, strings.TrimSpace(string(text)))
		}
		return nil
	}
}

// client is an HTTP client that knows no proxy and trusts one authority; where there is none, whoever answers: only
// for servers on loopback that make a certificate of their own.
func client(trusted *authority) *http.Client {
	settings := &tls.Config{InsecureSkipVerify: trusted == nil}
	if trusted != nil {
		settings.RootCAs = x509.NewCertPool()
		settings.RootCAs.AddCert(trusted.certificate)
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: settings}}
}

// listens is a probe: somebody takes connections.
func listens(address string) func(context.Context) error {
	return func(context context.Context) error {
		var dialer net.Dialer
		connection, err := dialer.DialContext(context, "tcp", address)
		if err != nil {
			return err
		}
		return connection.Close()
	}
}

// shakesHands is a probe: a webhook shows a certificate that the API server will believe.
func shakesHands(address string, trusted *authority) func(context.Context) error {
	roots := x509.NewCertPool()
	roots.AddCert(trusted.certificate)
	return func(context context.Context) error {
		dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"}}
		connection, err := dialer.DialContext(context, "tcp", address)
		if err != nil {
			return err
		}
		return connection.Close()
	}
}

// all is a probe: each of them holds.
func all(probes ...func(context.Context) error) func(context.Context) error {
	return func(context context.Context) error {
		var wrong []error
		for _, it := range probes {
			wrong = append(wrong, it(context))
		}
		return errors.Join(wrong...)
	}
}
