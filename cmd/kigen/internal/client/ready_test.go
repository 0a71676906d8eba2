package client_test

import (
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/client"
)

// AtListener reaches a listener whose name leads nowhere and whose authority is unknown, and
// trusts no other certificate.
func TestAtListener(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != "kigen.invalid" || r.URL.String() != "/readyz" {
			t.Errorf("asked %s for %s", r.Host, r.URL)
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	served := filepath.Join(dir, "served.crt")
	keep := func(path string, text []byte) string {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	keep(served, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	ask := func(certificate string) (bool, error) {
		c, err := client.New("https://kigen.invalid", "")
		if err != nil {
			t.Fatal(err)
		}
		_, port, err := net.SplitHostPort(server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AtListener("0.0.0.0:"+port, certificate); err != nil {
			return false, err
		}
		ready, _, err := c.Ready(t.Context(), false)
		return ready, err
	}
	if ready, err := ask(served); ready || err != nil {
		t.Errorf("the served certificate: ready %v, %v", ready, err)
	}
	for text, want := range map[string]string{"": "no certificate in PEM", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n": "malformed"} {
		if _, err := ask(keep(filepath.Join(dir, "bad.crt"), []byte(text))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, err := ask(filepath.Join(dir, "none.crt")); err == nil {
		t.Error("a file that is not there is no error")
	}
	if _, err := ask(keep(filepath.Join(dir, "other.crt"), []byte(otherCertificate))); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("another certificate than the served one: %v", err)
	}
}

// otherCertificate is for other.example.jp.
const otherCertificate = `-----BEGIN CERTIFICATE-----
MIIBlDCCATqgAwIBAgIUE+g7GuJ7R7mmbK+GxcOILTnEDzYwCgYIKoZIzj0EAwIw
EDEOMAwGA1UEAwwFb3RoZXIwIBcNMjYxMjAxMDMyODU2WhgPMjEyNjExMDcwMzI4
NTZaMBAxDjAMBgNVBAMMBW90aGVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
ep/gN1nCtkMXUKUrh9mq+qa9ornWdaEIxSwrw5QNhnkvT8ZAdprV93QBYcXfdqJE
QpPdrA1lhqEjS2qEUYOAEKNwMG4wHQYDVR0OBBYEFIMIqWGTL1wYwghgh09MUnIU
tKzPMB8GA1UdIwQYMBaAFIMIqWGTL1wYwghgh09MUnIUtKzPMA8GA1UdEwEB/wQF
MAMBAf8wGwYDVR0RBBQwEoIQb3RoZXIuZXhhbXBsZS5qcDAKBggqhkjOPQQDAgNI
ADBFAiAIDF1SXnx4JsPvEB/x2boYBanS96+sAFAwdZFsGZ7KqgIhAJR/BhZpN+PQ
m2uDNEhgtqbmfNqVjRYHdqdBm+QNxumJ
-----END CERTIFICATE-----
`
