package listener_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/listener"
	"kigen/config"
)

// writeCertificate makes a certificate with this serial number and its key.
func writeCertificate(t *testing.T, dir string, serial int64) config.TLS {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "kigen"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	files := config.TLS{Cert: filepath.Join(dir, "kigen.crt"), Key: filepath.Join(dir, "kigen.key")}
	write(t, files.Cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}))
	write(t, files.Key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	return files
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// handshake connects and returns the serial number of the certificate, and the
// version that was agreed on.
func handshake(t *testing.T, l net.Listener, client *tls.Config) (serial int64, version uint16, err error) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		conn, err := l.Accept()
		if err == nil {
			err = errors.Join(conn.(*tls.Conn).HandshakeContext(context.Background()), conn.Close())
		}
		done <- err
	}()
	conn, err := tls.Dial("tcp", l.Addr().String(), client)
	if err != nil {
		return 0, 0, errors.Join(err, <-done)
	}
	state := conn.ConnectionState()
	return state.PeerCertificates[0].SerialNumber.Int64(), state.Version, errors.Join(conn.Close(), <-done)
}

func TestCertificateIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	files := writeCertificate(t, dir, 1)
	var log bytes.Buffer
	served, err := listener.LoadCertificate(files, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", served.TLS())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client := &tls.Config{InsecureSkipVerify: true}
	serves := func(want int64) {
		t.Helper()
		if serial, _, err := handshake(t, l, client); err != nil || serial != want {
			t.Errorf("serves certificate %d, %v; want %d", serial, err, want)
		}
	}
	serves(1)
	writeCertificate(t, dir, 2)
	// The same second and the same size must not hide it from a coarse clock.
	if err := os.Chtimes(files.Cert, time.Time{}, time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	serves(2)
	write(t, files.Key, []byte("half a k"))
	serves(2)
	serves(2)
	if text := log.String(); strings.Count(text, "not renewed") != 1 || strings.Contains(text, "half a k") {
		t.Errorf("the log says\n%s", text)
	}
	writeCertificate(t, dir, 3)
	if err := os.Chtimes(files.Cert, time.Time{}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	serves(3)
	if _, _, err := handshake(t, l, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	if _, version, err := handshake(t, l, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12}); err != nil || version != tls.VersionTLS12 {
		t.Errorf("TLS 1.2: %v", err)
	}
}
