package config

import (
	"cmp"
	"crypto/tls"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"time"
)

// TLS names the files of a certificate, with its chain, and of its key. They
// were readable and fit together when the configuration was loaded.
type TLS struct{ Cert, Key string }

// Sessions says how long somebody who signed in stays so.
type Sessions struct {
	Idle time.Duration // since the session was last used
	Life time.Duration // since it began
}

// OIDC is the OpenID Connect issuer at which people sign in.
type OIDC struct {
	Issuer       string // URL
	ClientID     string
	ClientSecret Secret // empty: a public client
	Scopes       []string
	GroupsClaim  string            // claim of the ID token that lists a person's groups
	Roles        map[string]string // group -> viewer, analyst or admin
	DefaultRole  string            // of who is in none of these groups; none: no access
}

// roleNames are the roles that a person can have, from the least.
var roleNames = [...]string{"viewer", "analyst", "admin"}

const noRole = "none"

// certificate reads where the certificate is, and tries it: a daemon that
// starts with a broken one is found out by its users.
func (d *decoder) certificate(n *node) *TLS {
	if n == nil || !d.keys(n, "cert", "key") {
		return nil
	}
	for _, key := range []string{"cert", "key"} {
		if n.get(key) == nil {
			d.missing(n, key, "tls needs cert and key, such as {cert: kigen.crt, key: kigen.key}")
		}
	}
	t := &TLS{Cert: d.file(n.get("cert")), Key: d.file(n.get("key"))}
	if t.Cert == "" || t.Key == "" {
		return t
	}
	cert, certErr := readFile(t.Cert)
	key, keyErr := readFile(t.Key)
	if certErr != nil {
		d.reportf(n.get("cert"), "can't be read: %v: name the certificate's file in PEM form", certErr)
	}
	if keyErr != nil {
		d.reportf(n.get("key"), "can't be read: %v: name the key's file in PEM form, readable for kigen", keyErr)
	}
	if certErr == nil && keyErr == nil {
		if _, err := tls.X509KeyPair(cert, key); err != nil {
			d.reportf(n.get("cert"), "does not work with the key: %v: give a certificate and its own key, both in PEM form", err)
		}
	}
	return t
}

// file returns a path, relative ones from where the configuration is.
func (d *decoder) file(n *node) string {
	path := d.text(n)
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(d.dir, path)
}

// proxies reads the networks of proxies; a single address is a network, too.
func (d *decoder) proxies(n *node) []netip.Prefix {
	if n == nil {
		return nil
	}
	var networks []netip.Prefix
	for i, text := range d.texts(n) {
		at := n
		if n.kind == list && i < len(n.items) {
			at = n.items[i]
		}
		prefix, err := netip.ParsePrefix(text)
		if addr, addrErr := netip.ParseAddr(text); addrErr == nil {
			prefix, err = addr.Prefix(addr.BitLen())
		}
		switch {
		case text == "":
		case err != nil:
			d.reportf(at, "use an address or a network such as 10.0.0.0/8")
		case prefix.Bits() == 0:
			d.reportf(at, "would take anybody's word for where a request comes from: name the proxies' own addresses")
		default:
			networks = append(networks, prefix.Masked())
		}
	}
	return networks
}

func (d *decoder) sessions(n *node) Sessions {
	if n == nil || !d.keys(n, "idle", "lifetime") {
		return Sessions{}
	}
	s := Sessions{Idle: d.length(n.get("idle")), Life: d.length(n.get("lifetime"))}
	if s.Idle > 0 && s.Life > 0 && s.Idle > s.Life {
		d.reportf(n.get("idle"), "is longer than lifetime: use a shorter one")
	}
	return s
}

// oidc needs url: the issuer sends people back there.
func (d *decoder) oidc(n *node, baseURL string) *OIDC {
	if n == nil || !d.keys(n, "issuer", "client_id", "client_secret", "scopes", "groups_claim", "roles", "default_role") {
		return nil
	}
	for _, key := range []string{"issuer", "client_id"} {
		if n.get(key) == nil {
			d.missing(n, key, "oidc needs issuer and client_id, as the issuer registered kigen")
		}
	}
	if baseURL == "" {
		d.reportf(n, "needs url: the address under which browsers reach kigen, because the issuer sends them back to it at /login/callback")
	}
	o := &OIDC{
		Issuer: d.issuer(n.get("issuer")), ClientID: d.text(n.get("client_id")), ClientSecret: Secret(d.text(n.get("client_secret"))),
		Scopes: d.texts(n.get("scopes")), GroupsClaim: cmp.Or(d.text(n.get("groups_claim")), "groups"),
		Roles: map[string]string{}, DefaultRole: cmp.Or(d.role(n.get("default_role"), noRole), noRole),
	}
	if len(o.Scopes) == 0 {
		o.Scopes = []string{"openid", "profile", "email"}
	}
	roles := n.get("roles")
	if roles != nil && d.is(roles, object) {
		for _, f := range roles.fields {
			o.Roles[f.key] = d.role(f.value)
		}
	}
	if len(o.Roles) == 0 && o.DefaultRole == noRole {
		d.reportf(n, "lets nobody in: give roles, such as {soc-admins: admin, soc: analyst}, or default_role")
	}
	return o
}

// issuer reads the URL whose word on who somebody is kigen takes: nobody may
// change it on its way.
func (d *decoder) issuer(n *node) string {
	text := d.openURL(n)
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" {
		return text
	}
	if addr, err := netip.ParseAddr(u.Hostname()); u.Hostname() != "localhost" && (err != nil || !addr.IsLoopback()) {
		d.reportf(n, "is not encrypted: use https://")
	}
	return text
}

// role reads the name of a role, or one of the other words that may stand there.
func (d *decoder) role(n *node, others ...string) string {
	text := d.text(n)
	known := slices.Concat(roleNames[:], others)
	if text != "" && !slices.Contains(known, text) {
		d.reportf(n, "is no role: use %s", orList(known))
	}
	return text
}
