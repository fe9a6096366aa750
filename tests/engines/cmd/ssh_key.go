package main

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"math/big"
)

// sshKey is a key for an SSH server: its private half in PEM, and the public one as it stands in known_hosts.
func sshKey() (private []byte, public string, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		return nil, "", err
	}
	var wire bytes.Buffer
	put := func(part []byte) {
		_ = binary.Write(&wire, binary.BigEndian, uint32(len(part)))
		wire.Write(part)
	}
	// Numbers have a sign in that notation.
	number := func(it *big.Int) []byte { return append([]byte{0}, it.Bytes()...) }
	put([]byte("ssh-rsa"))
	put(big.NewInt(int64(key.E)).Bytes())
	put(number(key.N))
	text := encode("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
	return text, "ssh-rsa " + base64.StdEncoding.EncodeToString(wire.Bytes()), nil
}

// jwtSecret is a key of the length that Gitea wants.
func jwtSecret() string {
	bytes := make([]byte, 32)
	_, _ = rand.Read(bytes)
	return base64.RawURLEncoding.EncodeToString(bytes)
}
