package config

import (
	"cmp"
	"crypto/tls"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"kigen/config/reading"
	"kigen/config/tree"
)

// TLS names the files of a certificate chain and its key. Load checks that they are
// readable and match.
type TLS struct{ Cert, Key string }

// Sessions limits how long a sign-in lasts.
type Sessions struct {
	Idle time.Duration // since the last use
	Life time.Duration // since the sign-in
	Most int           // of one user at once; the oldest end; 0: no limit
}

// Access says how people sign in, and from where.
type Access struct {
	NoPasswords  bool     // single sign-on only
	SecondFactor []string // roles whose users with a password need a second factor
	Allow        Allow
}

// Allow lists the networks from which kigen may be used; nil: from all.
type Allow struct {
	Board  []netip.Prefix // people, with any role
	Admin  []netip.Prefix // what needs the role admin
	Tokens []netip.Prefix // programs
}

// SlackActs says who may act from Slack.
type SlackActs struct {
	Anyone bool     // every member of the channels, also guests and other organisations
	Teams  []string // ids of further workspaces whose full members may act
	Users  []string // ids of guests and others who may act
}

// OIDC is the single sign-on by OpenID Connect.
type OIDC struct {
	Issuer       string // URL
	ClientID     string
	ClientSecret Secret // empty: a public client
	Scopes       []string
	GroupsClaim  string            // claim of the ID token with a person's groups
	Roles        map[string]string // group -> viewer, analyst or admin
	DefaultRole  string            // for people in none of these groups; none: no access
}

// roleNames are the assignable roles in ascending order.
var roleNames = [...]string{"viewer", "analyst", "admin"}

const noRole = "none"

// certificate reads the paths of the certificate and loads it: otherwise users
// would be the first to notice a broken one.
func (d *decoder) certificate(n *tree.Node) *TLS {
	if n == nil || !d.Keys(n, "cert", "key") {
		return nil
	}
	for _, key := range []string{"cert", "key"} {
		if n.Get(key) == nil {
			d.Missing(n, key, "tls needs cert and key, such as {cert: kigen.crt, key: kigen.key}")
		}
	}
	t := &TLS{Cert: d.file(n.Get("cert")), Key: d.file(n.Get("key"))}
	if t.Cert == "" || t.Key == "" {
		return t
	}
	cert, certErr := reading.ReadFile(t.Cert)
	key, keyErr := reading.ReadFile(t.Key)
	if certErr != nil {
		d.Reportf(n.Get("cert"), "can't be read: %v: name the certificate's file in PEM form", certErr)
	}
	if keyErr != nil {
		d.Reportf(n.Get("key"), "can't be read: %v: name the key's file in PEM form, readable for kigen", keyErr)
	}
	if certErr == nil && keyErr == nil {
		if _, err := tls.X509KeyPair(cert, key); err != nil {
			d.Reportf(n.Get("cert"), "does not work with the key: %v: give a certificate and its own key, both in PEM form", err)
		}
	}
	return t
}

// file returns a path, resolved against the configuration's directory.
func (d *decoder) file(n *tree.Node) string {
	path := d.Text(n)
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(d.dir, path)
}

// proxies reads the networks of proxies; a single address is accepted too.
func (d *decoder) proxies(n *tree.Node) []netip.Prefix {
	return d.networks(n, "would trust X-Forwarded-For from any address: use the proxies' own addresses")
}

// networks reads a list of addresses and networks. wide says what is wrong with a
// network of all addresses; empty: nothing.
func (d *decoder) networks(n *tree.Node, wide string) []netip.Prefix {
	if n == nil {
		return nil
	}
	var networks []netip.Prefix
	for i, text := range d.Texts(n) {
		at := n
		if n.Kind == tree.List && i < len(n.Items) {
			at = n.Items[i]
		}
		prefix, err := netip.ParsePrefix(text)
		if addr, addrErr := netip.ParseAddr(text); addrErr == nil {
			prefix, err = addr.Prefix(addr.BitLen())
		}
		switch {
		case text == "":
		case err != nil:
			d.Reportf(at, "use an address or a network such as 10.0.0.0/8")
		case prefix.Bits() == 0 && wide != "":
			d.Reportf(at, "%s", wide)
		default:
			networks = append(networks, prefix.Masked())
		}
	}
	return networks
}

// warnProxy warns about a proxy that does TLS and is not trusted: all people then have
// its address.
func (d *decoder) warnProxy(n *tree.Node, c *Config) {
	if n != nil && strings.HasPrefix(c.BaseURL, "https://") && c.TLS == nil && len(c.TrustedProxies) == 0 {
		d.Warnf(n, "is served by a proxy, which trusted_proxies does not name: everybody then has the proxy's address, in the records and when failed sign-ins of one delay all; set trusted_proxies to the address of the proxy")
	}
}

func (d *decoder) sessions(n *tree.Node) Sessions {
	if n == nil || !d.Keys(n, "idle", "lifetime", "each_user") {
		return Sessions{}
	}
	s := Sessions{Idle: d.Length(n.Get("idle")), Life: d.Length(n.Get("lifetime"))}
	if each := n.Get("each_user"); each != nil {
		var err error
		if s.Most, err = strconv.Atoi(d.Text(each)); err != nil || s.Most < 1 || s.Most > 100 {
			d.Reportf(each, "use a number of sessions from 1 to 100, such as 5")
		}
	}
	if s.Idle > 0 && s.Life > 0 && s.Idle > s.Life {
		d.Reportf(n.Get("idle"), "is longer than lifetime: use a shorter one")
	}
	return s
}

// access reads how people sign in.
func (d *decoder) access(n *tree.Node, sso bool) Access {
	var a Access
	if n == nil || !d.Keys(n, "local", "second_factor", "allow") {
		return a
	}
	if local := n.Get("local"); local != nil {
		text := d.Text(local)
		switch {
		case text != "true" && text != "false":
			d.Reportf(local, "use true or false")
		case text == "false" && !sso:
			d.Reportf(local, "lets no person sign in: set oidc, or remove the key")
		}
		a.NoPasswords = text == "false"
	}
	if roles := n.Get("second_factor"); roles != nil {
		a.SecondFactor = d.Texts(roles)
		for _, role := range a.SecondFactor {
			if !slices.Contains(roleNames[:], role) {
				d.Reportf(roles, "%q is not a role: use a list of viewer, analyst and admin", role)
			}
		}
	}
	if allow := n.Get("allow"); allow != nil && d.Keys(allow, "board", "admin", "tokens") {
		a.Allow = Allow{Board: d.networks(allow.Get("board"), ""), Admin: d.networks(allow.Get("admin"), ""), Tokens: d.networks(allow.Get("tokens"), "")}
	}
	return a
}

// slackActs reads who may act from Slack.
func (d *decoder) slackActs(n *tree.Node) SlackActs {
	if n == nil || !d.Keys(n, "act", "teams", "users") {
		return SlackActs{}
	}
	s := SlackActs{Teams: d.ids(n.Get("teams"), "TE", "a workspace or organisation, such as T0123456789"), Users: d.ids(n.Get("users"), "UW", "a user, such as U0123456789")}
	if act := n.Get("act"); act != nil {
		text := d.Text(act)
		if text != "members" && text != "anyone" {
			d.Reportf(act, "use members or anyone")
		}
		s.Anyone = text == "anyone"
		if s.Anyone && (len(s.Teams) > 0 || len(s.Users) > 0) {
			d.Reportf(act, "makes teams and users pointless: use members, or remove them")
		}
	}
	return s
}

// ids reads ids of Slack, which begin with one of the letters.
func (d *decoder) ids(n *tree.Node, letters, what string) []string {
	if n == nil {
		return nil
	}
	list := d.Texts(n)
	for _, id := range list {
		if id == "" || !strings.ContainsRune(letters, rune(id[0])) || strings.ToUpper(id) != id {
			d.Reportf(n, "%q is not the id of %s", id, what)
		}
	}
	return list
}

// oidc requires url, because the issuer redirects people back there.
func (d *decoder) oidc(n *tree.Node, baseURL string) *OIDC {
	if n == nil || !d.Keys(n, "issuer", "client_id", "client_secret", "scopes", "groups_claim", "roles", "default_role") {
		return nil
	}
	for _, key := range []string{"issuer", "client_id"} {
		if n.Get(key) == nil {
			d.Missing(n, key, "oidc needs issuer and client_id, as registered at the issuer")
		}
	}
	if baseURL == "" {
		d.Reportf(n, "needs url: the address by which browsers reach kigen, because the issuer redirects them to it at /login/callback")
	}
	o := &OIDC{
		Issuer: d.issuer(n.Get("issuer")), ClientID: d.Text(n.Get("client_id")), ClientSecret: Secret(d.Text(n.Get("client_secret"))),
		Scopes: d.Texts(n.Get("scopes")), GroupsClaim: cmp.Or(d.Text(n.Get("groups_claim")), "groups"),
		Roles: map[string]string{}, DefaultRole: cmp.Or(d.role(n.Get("default_role"), noRole), noRole),
	}
	if len(o.Scopes) == 0 {
		o.Scopes = []string{"openid", "profile", "email"}
	}
	roles := n.Get("roles")
	if roles != nil && d.Is(roles, tree.Object) {
		for _, f := range roles.Fields {
			o.Roles[f.Key] = d.role(f.Value)
		}
	}
	if len(o.Roles) == 0 && o.DefaultRole == noRole {
		d.Reportf(n, "gives no person access: set roles, such as {soc-admins: admin, soc: analyst}, or default_role")
	}
	return o
}

// issuer reads the issuer's URL. It must be https outside loopback: kigen trusts
// the issuer's statement of identity.
func (d *decoder) issuer(n *tree.Node) string {
	text := d.openURL(n)
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" {
		return text
	}
	if addr, err := netip.ParseAddr(u.Hostname()); u.Hostname() != "localhost" && (err != nil || !addr.IsLoopback()) {
		d.Reportf(n, "is not encrypted: use https://")
	}
	return text
}

// role reads a role name, or one of the other permitted words.
func (d *decoder) role(n *tree.Node, others ...string) string {
	text := d.Text(n)
	known := slices.Concat(roleNames[:], others)
	if text != "" && !slices.Contains(known, text) {
		d.Reportf(n, "is not a role: use %s", tree.OrList(known))
	}
	return text
}
