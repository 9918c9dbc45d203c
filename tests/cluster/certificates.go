package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// authority signs the certificates of one cluster; it is as young as the cluster and dies with it.
type authority struct {
	folder      string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	serial      int64
}

// newAuthority makes a certificate authority and writes its certificate to `ca.crt`.
func newAuthority(folder string) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	a := &authority{folder: folder, key: key, serial: 1}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "testcluster"},
		NotBefore:             time.Now().Add(-time.Minute),
		NotAfter:              time.Now().Add(24 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	check(err)
	a.certificate, err = x509.ParseCertificate(der)
	check(err)
	a.write("ca.crt", "CERTIFICATE", der)
	return a
}

// serving writes a certificate for a server on loopback.
func (a *authority) serving(name string) {
	a.issue(name, &x509.Certificate{
		Subject:     pkix.Name{CommonName: name},
		DNSNames:    []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(10, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
}

// kubeconfig writes a certificate for a client and the kubeconfig that uses it; it returns the file.
func (a *authority) kubeconfig(name, server, user string, groups ...string) string {
	a.issue(name, &x509.Certificate{
		Subject:     pkix.Name{CommonName: user, Organization: groups},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	file := a.path(name + ".kubeconfig")
	text := fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: testcluster
clusters:
- name: testcluster
  cluster: {server: %q, certificate-authority-data: %s}
contexts:
- name: testcluster
  context: {cluster: testcluster, user: %s}
users:
- name: %s
  user: {client-certificate-data: %s, client-key-data: %s}
`, server, a.inline("ca.crt"), name, name, a.inline(name+".crt"), a.inline(name+".key"))
	check(os.WriteFile(file, []byte(text), 0o600))
	return file
}

// signingKey writes the key pair that signs service account tokens.
func (a *authority) signingKey() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	private, err := x509.MarshalECPrivateKey(key)
	check(err)
	a.write("tokens.key", "EC PRIVATE KEY", private)
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	check(err)
	a.write("tokens.pub", "PUBLIC KEY", public)
}

func (a *authority) issue(name string, template *x509.Certificate) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	a.serial++
	template.SerialNumber = big.NewInt(a.serial)
	template.NotBefore, template.NotAfter = a.certificate.NotBefore, a.certificate.NotAfter
	template.KeyUsage = x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	check(err)
	a.write(name+".crt", "CERTIFICATE", der)
	private, err := x509.MarshalECPrivateKey(key)
	check(err)
	a.write(name+".key", "EC PRIVATE KEY", private)
}

func (a *authority) path(name string) string {
	return filepath.Join(a.folder, name)
}

func (a *authority) write(name, kind string, der []byte) {
	block := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	check(os.WriteFile(a.path(name), block, 0o600))
}

func (a *authority) inline(name string) string {
	bytes, err := os.ReadFile(a.path(name))
	check(err)
	return base64.StdEncoding.EncodeToString(bytes)
}
