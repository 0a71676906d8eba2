package email

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strconv"
)

// Encryption is how the connection to a mail server is encrypted.
type Encryption uint8

// The ways to encrypt.
const (
	Opportunistic Encryption = iota // by STARTTLS where the server offers it
	Required                        // by STARTTLS, or no mail goes out
	Implicit                        // from the first byte on
	Clear                           // not at all
)

// Server is the server that accepts the mails.
type Server struct {
	Host           string // a name or an address, IPv6 without brackets
	Port           int
	Encryption     Encryption
	User, Password string // empty: no login
	// Trusted are certificate authorities, or the server's own certificate, whose
	// name then need not match. Empty: the system's authorities.
	Trusted []*x509.Certificate
	// Dial opens the connection; nil: by TCP.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

func (s *Server) address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// connect opens the connection, with TLS if Encryption is Implicit.
func (s *Server) connect(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	dial := s.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	conn, err := dial(ctx, "tcp", s.address())
	if err != nil || s.Encryption != Implicit {
		return conn, err
	}
	encrypted := tls.Client(conn, s.tlsConfig())
	if err := encrypted.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return encrypted, nil
}

// tlsConfig verifies the server by the trusted certificates only, if there are
// any. The name of a server certificate that is itself trusted need not match:
// an MTA on this machine is reached as 127.0.0.1 and has a certificate for the
// machine's name.
func (s *Server) tlsConfig() *tls.Config {
	config := &tls.Config{ServerName: s.Host, MinVersion: tls.VersionTLS12}
	if len(s.Trusted) == 0 {
		return config
	}
	roots := x509.NewCertPool()
	for _, trusted := range s.Trusted {
		roots.AddCert(trusted)
	}
	config.InsecureSkipVerify = true //nolint:gosec // VerifyConnection verifies
	config.VerifyConnection = func(state tls.ConnectionState) error {
		own := state.PeerCertificates[0]
		opts := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool(), DNSName: s.Host}
		for _, between := range state.PeerCertificates[1:] {
			opts.Intermediates.AddCert(between)
		}
		if slices.ContainsFunc(s.Trusted, own.Equal) {
			opts.DNSName = ""
		}
		_, err := own.Verify(opts)
		return err
	}
	return config
}
