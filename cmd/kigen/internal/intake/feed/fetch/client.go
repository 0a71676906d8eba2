// Package fetch asks for the documents of sources. It believes neither the operator's
// address nor the vendor's answer: it leaves the source's host for no redirect, dials no
// address inside, reads no more than a bound, and asks no host more often than it may.
package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// The bounds of a request.
const (
	MaxBody      = 8 << 20 // of the body after decompression
	maxHeader    = 64 << 10
	maxRedirects = 5
	Timeout      = 30 * time.Second // of a request with its redirects
	maxRetry     = 24 * time.Hour   // of Retry-After: an error of a year stops no source for a year
)

// Options are what a Client depends on. Each but Now has a default.
type Options struct {
	Now     func() time.Time
	Private []string                         // addresses inside that sources may name
	Timeout time.Duration                    // zero: Timeout
	Proxy   func(*url.URL) (*url.URL, error) // nil: of the environment
	Roots   *x509.CertPool                   // nil: the system's
	Agent   string                           // the User-Agent
	Resolve *net.Resolver                    // nil: the system's
}

// Client asks for documents. It is safe for any number of goroutines.
type Client struct {
	o       Options
	allowed Allowed
	direct  *http.Transport
	proxied *http.Transport
	gate    gate
}

// New returns a client.
func New(o Options) (*Client, error) {
	allowed, err := Allow(o.Private)
	if err != nil {
		return nil, err
	}
	if o.Timeout == 0 {
		o.Timeout = Timeout
	}
	if o.Proxy == nil {
		o.Proxy = httpproxy.FromEnvironment().ProxyFunc()
	}
	if o.Agent == "" {
		o.Agent = "kigen"
	}
	c := &Client{o: o, allowed: allowed}
	c.direct = c.transport()
	c.direct.DialContext = c.dial
	c.proxied = c.transport() // dials the operator's proxy, which may well be inside
	c.proxied.Proxy = func(r *http.Request) (*url.URL, error) { return o.Proxy(r.URL) }
	return c, nil
}

func (c *Client) transport() *http.Transport {
	return &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: c.o.Roots, MinVersion: tls.VersionTLS12}, DisableCompression: true,
		TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: c.o.Timeout, MaxResponseHeaderBytes: maxHeader,
		IdleConnTimeout: 30 * time.Second, MaxIdleConnsPerHost: 1, ForceAttemptHTTP2: true,
	}
}

// Close ends the connections that wait for another request.
func (c *Client) Close() {
	c.direct.CloseIdleConnections()
	c.proxied.CloseIdleConnections()
}

var errInside = errors.New("the address is not public: name it in intake.allow_private if this source may use it")

// dial connects to a host. The address is checked after the name is resolved.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{Timeout: 10 * time.Second, Resolver: c.o.Resolve}
	d.ControlContext = func(_ context.Context, _, resolved string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(resolved)
		if err != nil || !c.allowed.dial(host, port, to) {
			return errInside
		}
		return nil
	}
	return d.DialContext(ctx, network, address)
}

// Request asks for a document.
type Request struct {
	URL          string
	ETag         string // of what is known already
	LastModified string
	Token        string // a bearer token: it goes to the host of URL alone
	Accept       string
}

// Response is a document, or that it is as it was.
type Response struct {
	NotModified  bool
	Body         []byte
	ContentType  string
	ETag         string
	LastModified string
	Skew         time.Duration // how far the source's clock is ahead of ours
}

// Get asks for a document, in its host's turn. Its error is an Error.
func (c *Client) Get(ctx context.Context, r Request) (Response, error) {
	u, err := c.check(r.URL)
	if err != nil {
		return Response{}, err
	}
	if !c.allowed.host(u.Hostname(), portOf(u)) {
		if err := c.gate.wait(ctx, u.Host, c.o.Now); err != nil {
			return Response{}, &Error{Reason: Interrupted, Err: err}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	for range maxRedirects + 1 {
		answer, to, err := c.once(ctx, u, r)
		if err != nil || to == nil {
			return answer, err
		}
		u = to
	}
	return Response{}, &Error{Reason: Redirects, Err: fmt.Errorf("the source redirects more than %d times", maxRedirects)}
}

// check refuses addresses that cannot be a source's.
func (c *Client) check(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return nil, &Error{Reason: BadAddress, Err: errors.New("the address is not one of http or https without a password in it")}
	}
	// A proxy would resolve a name for us; an address it would simply dial.
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !Public(ip) && !c.allowed.host(u.Hostname(), portOf(u)) {
		return nil, &Error{Reason: Private, Err: errInside}
	}
	return u, nil
}

func portOf(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}

// once makes one request. It returns where the source redirects to, if it does.
func (c *Client) once(ctx context.Context, u *url.URL, r Request) (Response, *url.URL, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return Response{}, nil, &Error{Reason: BadAddress, Err: errors.New("the address is not one of http or https")}
	}
	c.head(req, r)
	transport := c.direct
	if proxy, err := c.o.Proxy(u); err != nil {
		return Response{}, nil, &Error{Reason: Network, Err: errors.New("the proxy of the environment is no address")}
	} else if proxy != nil {
		transport = c.proxied
	}
	answer, err := transport.RoundTrip(req)
	if err != nil {
		return Response{}, nil, broken(ctx, err)
	}
	defer func() { _ = answer.Body.Close() }()
	switch code := answer.StatusCode; {
	case code == http.StatusOK:
		got, err := c.read(ctx, answer)
		return got, nil, err
	case code == http.StatusNotModified:
		if r.ETag == "" && r.LastModified == "" {
			return Response{}, nil, &Error{Reason: Unasked, Err: errors.New("the source says that its document has not changed, without having been asked whether")}
		}
		return Response{NotModified: true, ETag: r.ETag, LastModified: r.LastModified, Skew: c.skew(answer)}, nil, nil
	case code >= 300 && code < 400 && answer.Header.Get("Location") != "":
		to, err := c.redirect(u, answer)
		return Response{}, to, err
	default:
		return Response{}, nil, c.refused(answer)
	}
}

func (c *Client) head(req *http.Request, r Request) {
	req.Header.Set("User-Agent", c.o.Agent)
	req.Header.Set("Accept-Encoding", "gzip")
	if r.Accept != "" {
		req.Header.Set("Accept", r.Accept)
	}
	if r.ETag != "" {
		req.Header.Set("If-None-Match", r.ETag)
	}
	if r.LastModified != "" {
		req.Header.Set("If-Modified-Since", r.LastModified)
	}
	if r.Token != "" {
		req.Header.Set("Authorization", "Bearer "+r.Token)
	}
}

// redirect follows a source within its host. From http to https, the port may change from
// the one's to the other's; never the other way.
func (c *Client) redirect(from *url.URL, answer *http.Response) (*url.URL, error) {
	to, err := from.Parse(answer.Header.Get("Location"))
	if err != nil {
		return nil, &Error{Reason: OtherHost, Err: errors.New("the source redirects to what is no address")}
	}
	upgrade := from.Scheme == "http" && to.Scheme == "https" && portOf(from) == "80" && portOf(to) == "443"
	same := from.Scheme == to.Scheme && portOf(from) == portOf(to)
	if !strings.EqualFold(from.Hostname(), to.Hostname()) || !same && !upgrade || to.User != nil {
		return nil, &Error{Reason: OtherHost, Err: fmt.Errorf("the source redirects to %q: kigen does not leave a source's host; give the new address if it is right", to.Scheme+"://"+to.Host)}
	}
	to.Fragment = ""
	return to, nil
}

func (c *Client) skew(answer *http.Response) time.Duration {
	at, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil || c.o.Now == nil {
		return 0
	}
	return at.Sub(c.o.Now()).Round(time.Second)
}
