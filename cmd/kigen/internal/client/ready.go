package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// readyTimeout bounds a question to /readyz: a service manager asks again, and counts an
// answer that does not come as none.
const readyTimeout = 5 * time.Second

// Ready reports whether the daemon answers /readyz with success. With replica it asks
// whether this replica can serve. The state is the daemon's JSON where the caller may read
// it, else nil.
func (c *Client) Ready(ctx context.Context, replica bool) (ready bool, state []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	u := c.base.JoinPath("readyz")
	if replica {
		u.RawQuery = "replica"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return false, nil, err
	}
	request.Header.Set("Accept", "application/json")
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return false, nil, c.unreachable(err, readyTimeout)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK, http.StatusServiceUnavailable:
	default:
		return false, nil, fmt.Errorf("%s answered %s to /readyz: name the address of a kigen", c.base.Redacted(), response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, longestProblem))
	if err != nil {
		return false, nil, fmt.Errorf("read the response of %s: %w", c.base.Host, err)
	}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "application/json") {
		state = body
	}
	return response.StatusCode == http.StatusOK, state, nil
}

// AtListener makes the client connect to a listener HOST:PORT of this machine, and accept
// the certificate in a file besides those that the machine's authorities sign: the public
// name may lead elsewhere, or nowhere from inside a container, and the authority may be a
// private one.
func (c *Client) AtListener(listen, certificate string) error {
	text, err := os.ReadFile(certificate)
	if err != nil {
		return err
	}
	name, err := nameIn(text)
	if err != nil {
		return fmt.Errorf("%s: %w", certificate, err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool() // a machine without authorities
	}
	roots.AppendCertsFromPEM(text)
	c.http.Transport = &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, network, dialable(listen))
		},
		TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: name, MinVersion: tls.VersionTLS12},
	}
	return nil
}

// nameIn returns a name that the first certificate of a PEM file is for.
func nameIn(text []byte) (string, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return "", fmt.Errorf("holds no certificate in PEM: name the file that tls.cert names")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return "", err
	}
	switch {
	case len(certificate.DNSNames) > 0:
		return strings.Replace(certificate.DNSNames[0], "*", "kigen", 1), nil
	case len(certificate.IPAddresses) > 0:
		return certificate.IPAddresses[0].String(), nil
	}
	return certificate.Subject.CommonName, nil
}
