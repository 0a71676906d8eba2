package daemon_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"testing"

	"kigen/cmd/kigen/internal/daemon"
	"kigen/config"
)

// served is the serial number of the certificate that an address shows.
func served(t *testing.T, address string) int64 {
	t.Helper()
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // only looks at the certificate
	c, err := dialer.DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	conn, ok := c.(*tls.Conn)
	if !ok {
		t.Fatal("no TLS")
	}
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

// A reload may name another certificate. That there is one at all is settled
// with the start.
func TestReloadServesAnotherCertificate(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	writeCertificate(t, first, 1)
	writeCertificate(t, second, 2)
	database := "KIGEN_DATABASE=" + filepath.Join(first, "kigen.db")
	of := func(dir string) string {
		return fmt.Sprintf("listen: 127.0.0.1:0\ntls: {cert: %q, key: %q}", filepath.Join(dir, "kigen.crt"), filepath.Join(dir, "kigen.key"))
	}
	text := of(first)
	load := func() (*config.Config, error) { return config.Parse("kigen.yaml", []byte(text), []string{database}) }
	c, err := load()
	if err != nil {
		t.Fatal(err)
	}
	d, err := daemon.New(t.Context(), c, daemon.Options{Console: io.Discard, Log: slog.New(slog.DiscardHandler), Load: load})
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	defer func() {
		if err := d.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	if n := served(t, d.Addr()); n != 1 {
		t.Errorf("serves certificate %d", n)
	}
	text = of(second)
	if _, err := d.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := served(t, d.Addr()); n != 2 {
		t.Errorf("serves certificate %d after the reload", n)
	}
	text = "listen: 127.0.0.1:0"
	r, err := d.Reload(t.Context())
	if err != nil || len(r.NeedsRestart) != 1 || r.NeedsRestart[0] != "tls" || len(r.Sections) != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if n := served(t, d.Addr()); n != 2 {
		t.Errorf("serves certificate %d without tls:", n)
	}
}
