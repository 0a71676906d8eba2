package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kigen/config"
	"kigen/config/mailserver"
)

func TestMailServers(t *testing.T) {
	tests := map[string]mailserver.Server{
		"smtp://127.0.0.1":                      {Host: "127.0.0.1", Port: 25, TLS: mailserver.Opportunistic},
		"smtp://[::1]:25":                       {Host: "::1", Port: 25, TLS: mailserver.Opportunistic},
		"smtp://[::1]":                          {Host: "::1", Port: 25, TLS: mailserver.Opportunistic},
		"smtp://mail.example.jp:2525/":          {Host: "mail.example.jp", Port: 2525, TLS: mailserver.Opportunistic},
		"smtp://127.0.0.1:25?tls=none":          {Host: "127.0.0.1", Port: 25, TLS: mailserver.None},
		"smtp://mail.example.jp?tls=required":   {Host: "mail.example.jp", Port: 25, TLS: mailserver.Required},
		"smtp://127.0.0.1:25?tls=opportunistic": {Host: "127.0.0.1", Port: 25, TLS: mailserver.Opportunistic},
		"smtp://u:p%40ss@mail.example.jp:587":   {Host: "mail.example.jp", Port: 587, TLS: mailserver.Required, User: "u", Password: "p@ss"},
		"smtps://u%40x:p@mail.example.jp":       {Host: "mail.example.jp", Port: 465, TLS: mailserver.Implicit, User: "u@x", Password: "p"},
		"smtps://[2001:db8::1]:8465":            {Host: "2001:db8::1", Port: 8465, TLS: mailserver.Implicit},
	}
	for url, want := range tests {
		yaml := fmt.Sprintf("destinations:\n  lead: {email: {smtp: %q, from: kigen@example.jp, to: [lead@example.jp]}}\n", url)
		c, err := config.Parse("kigen.yaml", []byte(yaml), nil)
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		if got := c.Destinations["lead"].Email().Server(); got != want {
			t.Errorf("%s: got %+v, want %+v", url, got, want)
		}
	}
}

// selfSigned is a certificate for host7 in PEM form.
func selfSigned(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "host7"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// The authority of a mail server is read with the configuration, so that what
// can't be read is found by config check.
func TestMailAuthority(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("kigen.yaml", `destinations: {lead: {email: {smtp: "smtp://127.0.0.1", ca: mail.pem, from: kigen@example.jp, to: lead@example.jp}}}`)
	write("mail.pem", selfSigned(t))
	c, err := config.Load(filepath.Join(dir, "kigen.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if trusted := c.Destinations["lead"].Email().Trusted; len(trusted) != 1 || trusted[0].Subject.CommonName != "host7" {
		t.Errorf("trusted %v", trusted)
	}
	for content, says := range map[string]string{
		"hello": "contains no certificate",
		"-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n": "unreadable certificate",
	} {
		write("mail.pem", content)
		if _, err := config.Load(filepath.Join(dir, "kigen.yaml"), nil); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q gave %v, want %q", content, err, says)
		}
	}
}
