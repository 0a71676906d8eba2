package daemon_test

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
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/daemon"
	"kigen/config"
	"kigen/store"
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

// begin makes a daemon from a configuration and closes it again.
func begin(t *testing.T, text string, environ ...string) (logged string, err error) {
	t.Helper()
	c, err := config.Parse(filepath.Join(t.TempDir(), "kigen.yaml"), []byte(text), environ)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	d, err := daemon.New(t.Context(), c, daemon.Options{Version: "test", Console: io.Discard, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err == nil {
		err = d.Close()
	}
	return log.String(), err
}

func TestOpenListenersStayOnThisMachine(t *testing.T) {
	database := "KIGEN_DATABASE=" + filepath.Join(t.TempDir(), "kigen.db")
	for _, address := range []string{"127.0.0.1:0", "[::1]:0", "localhost:0"} {
		if _, err := begin(t, "listen: '"+address+"'", database); err != nil && !strings.Contains(err.Error(), "cannot assign") {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.1:0", "kigen.example.jp:0"} {
		_, err := begin(t, "url: https://kigen.example.jp\nlisten: '"+address+"'", database)
		if err == nil || !strings.Contains(err.Error(), "kigen user add NAME --role admin") || !strings.Contains(err.Error(), address) {
			t.Errorf("%s: %v", address, err)
		}
	}
	// An issuer is enough, and so is anybody who has to sign in.
	const issuer = "url: https://kigen.example.jp\noidc: {issuer: https://login.example.jp, client_id: kigen, roles: {soc: viewer}}\nlisten: ':0'"
	if _, err := begin(t, issuer, database); err != nil {
		t.Errorf("with an issuer: %v", err)
	}
	db, err := store.Open(t.Context(), strings.TrimPrefix(database, "KIGEN_DATABASE="), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	m := access.Manager{Store: db, Now: time.Now(), Cost: access.Cost{MemoryKiB: 8, Passes: 1, Threads: 1}, By: "cli:test", From: "local"}
	if _, err := m.AddToken(t.Context(), "soar", access.Viewer, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if log, err := begin(t, "listen: ':0'", database); err != nil || !strings.Contains(log, "unencrypted") {
		t.Errorf("with a token: %v; the log says %q", err, log)
	}
}

// A proxy in front of a listener on loopback brings callers from other machines, who
// must not become admins.
func TestPublishedListenersNeedUsers(t *testing.T) {
	database := "KIGEN_DATABASE=" + filepath.Join(t.TempDir(), "kigen.db")
	published := map[string]string{
		"url: https://kigen.example.jp": `url "https://kigen.example.jp"`, "url: http://10.0.0.5/kigen": `url "http://10.0.0.5/kigen"`,
		"trusted_proxies: [127.0.0.1]": "trusted_proxies [127.0.0.1/32]",
	}
	for keys, want := range published {
		_, err := begin(t, keys+"\nlisten: 127.0.0.1:0", database)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "kigen user add NAME --role admin") {
			t.Errorf("%s: %v", keys, err)
		}
	}
	if _, err := begin(t, "url: http://localhost:8080/kigen\nlisten: 127.0.0.1:0", database); err != nil {
		t.Errorf("an address on loopback: %v", err)
	}
	db, err := store.Open(t.Context(), strings.TrimPrefix(database, "KIGEN_DATABASE="), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	m := access.Manager{Store: db, Now: time.Now(), Cost: access.Cost{MemoryKiB: 8, Passes: 1, Threads: 1}, By: "cli:test", From: "local"}
	if err := errors.Join(m.AddUser(t.Context(), "yamada", access.Admin, "long enough to be a secret"), db.Close()); err != nil {
		t.Fatal(err)
	}
	for keys := range published {
		if _, err := begin(t, keys+"\nlisten: 127.0.0.1:0", database); err != nil {
			t.Errorf("%s, with a user: %v", keys, err)
		}
	}
}

// A daemon with a certificate speaks HTTPS, and HTTP/2 with it.
func TestServesHTTPS(t *testing.T) {
	dir := t.TempDir()
	files := writeCertificate(t, dir, 1)
	text := "listen: 127.0.0.1:0\ntls: {cert: kigen.crt, key: kigen.key}"
	c, err := config.Parse(filepath.Join(dir, "kigen.yaml"), []byte(text), []string{"KIGEN_DATABASE=" + filepath.Join(dir, "kigen.db")})
	if err != nil {
		t.Fatal(err)
	}
	d, err := daemon.New(t.Context(), c, daemon.Options{Version: "test", Console: io.Discard, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	defer func() {
		if err := d.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	chain, err := os.ReadFile(files.Cert)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(chain)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.URL()+"/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || res.ProtoMajor != 2 || res.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%s %s %v", res.Proto, res.Status, res.Header)
	}
}
