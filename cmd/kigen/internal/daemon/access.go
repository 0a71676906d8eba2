package daemon

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"reflect"
	"slices"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/listener"
	"kigen/config"
)

// makeAccess makes access control. It refuses a listener that is reachable from
// outside while no user exists.
func (d *deployment) makeAccess(ctx context.Context, previous *deployment) error {
	if previous != nil && previous.config.Sessions == d.config.Sessions && sameSignIn(&previous.config.Access, &d.config.Access) {
		d.access = previous.access // keeps its failed attempts
	} else {
		limits := access.Limits{
			Idle: d.config.Sessions.Idle, Life: d.config.Sessions.Life, Most: d.config.Sessions.Most, NoPasswords: d.config.Access.NoPasswords,
		}
		for _, role := range d.config.Access.SecondFactor {
			limits.SecondFactor = append(limits.SecondFactor, access.Role(role))
		}
		d.access = access.New(d.store, clock, limits, access.DefaultCost())
	}
	if previous != nil && previous.config.BaseURL == d.config.BaseURL && reflect.DeepEqual(previous.config.OIDC, d.config.OIDC) {
		d.issuer = previous.issuer // keeps the sign-ins under way
	} else {
		d.issuer = d.makeIssuer()
	}
	return d.refuseOpen(ctx)
}

func sameSignIn(a, b *config.Access) bool {
	return a.NoPasswords == b.NoPasswords && slices.Equal(a.SecondFactor, b.SecondFactor)
}

// refuseOpen returns an error if callers on other machines would be admins: while no
// user exists, a caller does not sign in.
func (d *deployment) refuseOpen(ctx context.Context) error {
	published := d.published()
	if d.loopback() && published == "" || d.config.OIDC != nil {
		return nil
	}
	open, err := d.access.Open(ctx)
	switch {
	case err != nil:
		return err
	case open && d.loopback():
		return fmt.Errorf("%s: says that a proxy serves kigen to other machines, and there is no sign-in: create a user with kigen user add NAME --role admin first, or remove the key", published)
	case open:
		return fmt.Errorf("listen %q: is reachable from outside without a sign-in: create a user with kigen user add NAME --role admin first, or listen on 127.0.0.1", d.config.Listen)
	case !d.loopback() && d.config.TLS == nil:
		d.log.Warn("passwords and tokens travel unencrypted: set tls: in the configuration, or make sure that only a TLS proxy reaches this listener", "listen", d.config.Listen)
	}
	return nil
}

// published returns the key of the configuration by which a proxy serves kigen to
// other machines, with its value; empty: none.
func (d *deployment) published() string {
	if len(d.config.TrustedProxies) > 0 {
		return fmt.Sprintf("trusted_proxies %v", d.config.TrustedProxies)
	}
	u, err := url.Parse(d.config.BaseURL)
	if err != nil || u.Hostname() == "" || listener.IsLoopback(u.Hostname()) {
		return ""
	}
	return fmt.Sprintf("url %q", d.config.BaseURL)
}

// makeIssuer makes the OpenID Connect sign-in; nil if it is not configured.
func (d *deployment) makeIssuer() *access.Issuer {
	o := d.config.OIDC
	if o == nil {
		return nil
	}
	roles := map[string]access.Role{}
	for group, role := range o.Roles {
		roles[group] = access.Role(role)
	}
	standard, err := access.ParseRole(o.DefaultRole)
	if err != nil {
		standard = access.NoRole // none
	}
	return access.NewIssuer(access.IssuerConfig{
		URL: o.Issuer, ClientID: o.ClientID, ClientSecret: o.ClientSecret.Reveal(),
		CallbackURL: d.config.BaseURL + "/login/callback", Scopes: o.Scopes, GroupsClaim: o.GroupsClaim,
		Roles: roles, Default: standard, Now: clock,
	})
}

// loopback reports whether only this machine reaches the listener.
func (d *deployment) loopback() bool {
	host, _, err := net.SplitHostPort(d.config.Listen)
	return err == nil && listener.IsLoopback(host)
}

// encrypt makes the listener speak TLS where there is a certificate.
func (d *Daemon) encrypt(l net.Listener, files *config.TLS) (net.Listener, error) {
	if files == nil {
		return l, nil
	}
	var err error
	if d.certified, err = listener.LoadCertificate(*files, d.log); err != nil {
		return nil, err
	}
	return tls.NewListener(l, d.certified.TLS()), nil
}

// publicOrigin returns the scheme and host of base_url; empty if it is not set.
func publicOrigin(baseURL string) string {
	u, err := url.Parse(baseURL)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
