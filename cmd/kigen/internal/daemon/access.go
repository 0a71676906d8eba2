package daemon

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"time"

	"kigen/cmd/kigen/internal/access"
)

// makeAccess lets people and programs in, and refuses to begin where anybody
// could get in from outside.
func (d *Daemon) makeAccess(ctx context.Context) error {
	limits := access.Limits{Idle: d.config.Sessions.Idle, Life: d.config.Sessions.Life}
	d.access = access.New(d.store, time.Now, limits, access.DefaultCost())
	if d.loopback() || d.config.OIDC != nil {
		return nil
	}
	open, err := d.access.Open(ctx)
	if err != nil {
		return err
	}
	if open {
		return fmt.Errorf("listen %q: is reachable from outside, and nobody has to sign in: make a user with kigen user add NAME --role admin first, or listen on 127.0.0.1", d.config.Listen)
	}
	if d.config.TLS == nil {
		d.log.Warn("passwords and tokens travel unencrypted: set tls: in the configuration, or make sure that only a TLS proxy reaches this listener", "listen", d.config.Listen)
	}
	return nil
}

// issuer is where people sign in elsewhere; nil for nowhere.
func (d *Daemon) issuer() *access.Issuer {
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
		standard = access.Nobody // none
	}
	return access.NewIssuer(access.IssuerConfig{
		URL: o.Issuer, ClientID: o.ClientID, ClientSecret: o.ClientSecret.Reveal(),
		CallbackURL: d.config.BaseURL + "/login/callback", Scopes: o.Scopes, GroupsClaim: o.GroupsClaim,
		Roles: roles, Default: standard, Now: time.Now,
	})
}

// loopback reports whether only this machine reaches the listener.
func (d *Daemon) loopback() bool {
	host, _, err := net.SplitHostPort(d.config.Listen)
	return err == nil && isLoopback(host)
}

// encrypt makes the listener speak TLS where there is a certificate.
func (d *Daemon) encrypt(l net.Listener) (net.Listener, error) {
	if d.config.TLS == nil {
		return l, nil
	}
	cert, err := loadCertificate(*d.config.TLS, d.log)
	if err != nil {
		return nil, err
	}
	return tls.NewListener(l, cert.tlsConfig()), nil
}

// publicOrigin is the scheme and host under which browsers know kigen; empty
// where the configuration does not say.
func publicOrigin(baseURL string) string {
	u, err := url.Parse(baseURL)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
