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
	"sync"
	"testing"
	"testing/synctest"
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
	server, err := daemon.LoadTLS(files, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", server)
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

// pipes is a listener whose connections stay inside the process, so that they
// live in a test's own time.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.done); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// A client that sends a byte now and then holds no connection for ever,
// wherever in its request it dawdles.
func TestSlowClientsAreCutOff(t *testing.T) {
	for name, test := range map[string]struct {
		begin string
		byte  string
		bound time.Duration
	}{
		"nothing at all": {"", "", 5 * time.Second},
		"headers":        {"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", "X-A: b\r\n", 5 * time.Second},
		"body":           {"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n", "x", 30 * time.Second},
		"next request":   {"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "", 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
				server := daemon.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
				go func() { _ = daemon.Serve(server, l) }()
				client, inside := net.Pipe()
				l.conns <- inside
				began := time.Now()
				var writes sync.WaitGroup
				writes.Go(func() {
					_, err := io.WriteString(client, test.begin)
					for err == nil && test.byte != "" {
						time.Sleep(900 * time.Millisecond) // of the test's own time
						_, err = io.WriteString(client, test.byte)
					}
				})
				if _, err := io.Copy(io.Discard, client); err != nil {
					t.Logf("read: %v", err)
				}
				if held := time.Since(began); held < test.bound-time.Second || held > test.bound+2*time.Second {
					t.Errorf("held for %s, want %s", held, test.bound)
				}
				if err := errors.Join(client.Close(), server.Close()); err != nil {
					t.Error(err)
				}
				writes.Wait()
			})
		})
	}
}

func TestLongHeadersAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		server := daemon.NewServer(http.NotFoundHandler())
		go func() { _ = daemon.Serve(server, l) }()
		client, inside := net.Pipe()
		l.conns <- inside
		go func() {
			_, _ = io.WriteString(client, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: "+strings.Repeat("x", 64<<10)+"\r\n\r\n")
		}()
		answer := make([]byte, 64)
		n, err := client.Read(answer)
		if err != nil || !strings.Contains(string(answer[:n]), "431") {
			t.Errorf("%v: %s", err, answer[:n])
		}
		if err := errors.Join(client.Close(), server.Close()); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second) // of the test's own time: the server lingers over what it refused
	})
}
