package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/config"
)

// writeCertificate makes a certificate and its key in a folder.
func writeCertificate(t *testing.T, dir, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "kigen"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0), DNSNames: []string{"localhost"},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		name + ".crt": {Type: "CERTIFICATE", Bytes: cert}, name + ".key": {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// loadIn loads a configuration that stands in a folder.
func loadIn(t *testing.T, dir, text string, environ ...string) (*config.Config, error) {
	t.Helper()
	path := filepath.Join(dir, "kigen.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return config.Load(path, environ)
}

func TestCertificate(t *testing.T) {
	dir := t.TempDir()
	writeCertificate(t, dir, "kigen")
	writeCertificate(t, dir, "other")
	c, err := loadIn(t, dir, "tls: {cert: kigen.crt, key: kigen.key}")
	if err != nil || c.TLS.Cert != filepath.Join(dir, "kigen.crt") || c.TLS.Key != filepath.Join(dir, "kigen.key") {
		t.Fatalf("%v: %+v", err, c)
	}
	key := filepath.Join(dir, "kigen.key")
	for mode, want := range map[os.FileMode]int{0o640: 0, 0o644: 1} {
		if err := os.Chmod(key, mode); err != nil {
			t.Fatal(err)
		}
		c, err := loadIn(t, dir, "tls: {cert: kigen.crt, key: kigen.key}")
		if err != nil || len(c.Warnings) != want || want == 1 && !strings.Contains(c.Warnings[0].String(), "tls.key") {
			t.Errorf("a key of mode %04o: %v, %v", mode, c.Warnings, err)
		}
	}
	for text, want := range map[string]string{
		"\ntls: {cert: other.crt, key: kigen.key}":  `kigen.yaml:2: tls.cert: "other.crt": does not work with the key: tls: private key does not match public key: give a certificate and its own key, both in PEM form`,
		"\ntls: {cert: kigen.crt, key: none.key}":   `kigen.yaml:2: tls.key: "none.key": can't be read: no such file or directory: name the key's file in PEM form, readable for kigen`,
		"\ntls: {cert: kigen.yaml, key: kigen.key}": `kigen.yaml:2: tls.cert: "kigen.yaml": does not work with the key: tls: failed to find any PEM data in certificate input`,
		"\ntls: {cert: kigen.crt}":                  `kigen.yaml:2: tls.key: is missing: tls needs cert and key`,
	} {
		if _, err := loadIn(t, dir, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
	c, err = loadIn(t, dir, "tls: {cert: kigen.crt, key: kigen.key}", "KIGEN_TLS_CERT=other.crt", "KIGEN_TLS_KEY=other.key")
	if err != nil || c.TLS.Cert != filepath.Join(dir, "other.crt") {
		t.Errorf("the environment did not override: %v", err)
	}
}

func TestProxiesAndSessions(t *testing.T) {
	c := parse(t, "trusted_proxies: [10.0.0.5, 192.168.7.9/24, \"2001:db8::/32\"]\nsessions: {lifetime: 168h}")
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.5/32"), netip.MustParsePrefix("192.168.7.0/24"), netip.MustParsePrefix("2001:db8::/32")}
	if !slices.Equal(c.TrustedProxies, want) {
		t.Errorf("proxies are %v, want %v", c.TrustedProxies, want)
	}
	if c.Sessions != (config.Sessions{Idle: 8 * time.Hour, Life: 168 * time.Hour, Most: 10}) {
		t.Errorf("sessions are %+v", c.Sessions)
	}
}

// Behind a proxy that is not trusted, everybody has the proxy's address.
func TestUntrustedProxyIsWarnedOf(t *testing.T) {
	for text, want := range map[string]bool{
		"url: https://kigen.example.jp": true, "url: https://kigen.example.jp\ntrusted_proxies: [10.0.0.5]": false,
		"url: http://127.0.0.1:8080": false, "": false,
	} {
		warnings := parse(t, text).Warnings
		if got := len(warnings) == 1 && strings.Contains(warnings[0].String(), "set trusted_proxies to the address of the proxy"); got != want {
			t.Errorf("%q: warned of %v", text, warnings)
		}
	}
}

// How people sign in, from where, and who may act from Slack.
func TestAccess(t *testing.T) {
	c := parse(t, `url: https://kigen.example.jp
trusted_proxies: [10.0.0.5]
sessions: {each_user: 1}
oidc: {issuer: "https://login.example.jp/", client_id: kigen, roles: {soc: analyst}}
access: {local: false, second_factor: [admin, analyst], allow: {board: [10.0.0.0/8], admin: [10.9.0.1], tokens: ["::/0"]}}
slack: {act: members, teams: [T1], users: [U1, W2]}`)
	prefixes := func(texts ...string) (list []netip.Prefix) {
		for _, text := range texts {
			list = append(list, netip.MustParsePrefix(text))
		}
		return list
	}
	want := config.Access{NoPasswords: true, SecondFactor: []string{"admin", "analyst"}, Allow: config.Allow{
		Board: prefixes("10.0.0.0/8"), Admin: prefixes("10.9.0.1/32"), Tokens: prefixes("::/0"),
	}}
	if !reflect.DeepEqual(c.Access, want) || c.Sessions.Most != 1 {
		t.Errorf("access is %+v, sessions %+v", c.Access, c.Sessions)
	}
	if acts := (config.SlackActs{Teams: []string{"T1"}, Users: []string{"U1", "W2"}}); !reflect.DeepEqual(c.SlackActs, acts) {
		t.Errorf("slack is %+v", c.SlackActs)
	}
	c = parse(t, "slack: {act: anyone}")
	if !c.SlackActs.Anyone || c.Access.NoPasswords || c.Sessions.Most != 10 {
		t.Errorf("got %+v %+v %+v", c.SlackActs, c.Access, c.Sessions)
	}
}

func TestOIDC(t *testing.T) {
	c := parse(t, `
url: https://kigen.example.jp
oidc:
  issuer: https://login.example.jp/realms/soc
  client_id: kigen
  client_secret: "${SECRET}"
  roles: {"CN=SOC,OU=IT": analyst, soc-admins: admin}
`, "SECRET="+secret)
	o := c.OIDC
	if o.Issuer != "https://login.example.jp/realms/soc" || o.ClientSecret.Reveal() != secret || o.GroupsClaim != "groups" ||
		o.DefaultRole != "none" || o.Roles["CN=SOC,OU=IT"] != "analyst" || !slices.Contains(o.Scopes, "openid") {
		t.Errorf("got %+v", o)
	}
	if printed := printedBy(t, c); strings.Contains(printed, secret) || !strings.Contains(printed, "soc-admins: admin") {
		t.Errorf("printed\n%s", printed)
	}
}
