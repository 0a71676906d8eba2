package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"kigen/notify/wire"
)

const (
	requestTimeout    = 15 * time.Second
	longestRetryAfter = time.Hour // bounds absurd values, which would stop all alerts
	largestAnswer     = 1 << 20   // bytes
)

// NewClient makes the HTTP client of a destination. A nil transport means
// http.DefaultTransport.
func NewClient(transport http.RoundTripper) *http.Client {
	if transport == nil {
		transport = http.DefaultTransport
	}
	return &http.Client{
		Transport: outgoing{transport},
		// A redirect would carry a secret to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// outgoing is the transport of all destinations. It bounds a request's time,
// including the answer, because the client's own timeout would hide whether a
// connection existed. It turns an answer that asks to wait into a Failure at
// once, because a library above may lose a missing Retry-After or one that is a
// date. It distinguishes a request that was never sent from one without an
// answer, and bounds the size of an answer.
type outgoing struct{ next http.RoundTripper }

func (o outgoing) RoundTrip(req *http.Request) (*http.Response, error) {
	var asked atomic.Bool
	var connected atomic.Int32
	trace := &httptrace.ClientTrace{
		GetConn: func(string) { asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { connected.Add(1) },
	}
	ctx, cancel := context.WithTimeout(req.Context(), requestTimeout)
	resp, err := o.next.RoundTrip(req.WithContext(httptrace.WithClientTrace(ctx, trace)))
	if connected.Load() > 1 && errors.Is(err, ErrHeldBack) {
		err = fmt.Errorf("sent once on a connection that broke, and then held back: %v", err) //nolint:errorlint // the first may have arrived
	}
	if failure := o.failure(resp, err, asked.Load() && connected.Load() == 0); failure != nil {
		cancel()
		return nil, failure
	}
	resp.Body = &answer{io.LimitReader(resp.Body, largestAnswer), resp.Body, cancel}
	return resp, nil
}

// answer is a body that cancels its request's context when it is closed.
type answer struct {
	io.Reader
	body   io.Closer
	cancel context.CancelFunc
}

// Close closes the body.
func (a *answer) Close() error {
	defer a.cancel()
	return a.body.Close()
}

// failure classifies the answers that a library above must not interpret; nil:
// pass the answer on.
func (outgoing) failure(resp *http.Response, err error, unconnected bool) error {
	switch {
	case errors.Is(err, ErrHeldBack):
		return &wire.Failure{Kind: wire.Unreached, Reason: ErrHeldBack.Error(), Err: err}
	case err != nil && unconnected:
		// Refused by a proxy at CONNECT, a certificate that is not trusted …
		return &unconnectedError{err}
	case err != nil:
		return err
	case resp.StatusCode == http.StatusTooManyRequests:
		_ = resp.Body.Close()
		wait := retryAfter(resp.Header, time.Now())
		return &wire.Failure{Kind: wire.Limited, RetryAfter: wait, Reason: "asked to wait " + wait.String()}
	case resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != "":
		_ = resp.Body.Close()
		wait := retryAfter(resp.Header, time.Now())
		return &wire.Failure{Kind: wire.Unknown, RetryAfter: wait, Reason: "503 Service Unavailable, asked to wait " + wait.String()}
	}
	return nil
}

// unconnectedError is the error of a request without a connection, so that no
// byte of it was sent.
type unconnectedError struct{ error }

// Unwrap returns why there is no connection.
func (e *unconnectedError) Unwrap() error { return e.error }

// retryAfter reads the header in both of its forms, seconds and a date.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := header.Get("Retry-After")
	wait := wire.DefaultRetryAfter
	if seconds, err := strconv.Atoi(value); err == nil {
		wait = time.Duration(min(seconds, int(longestRetryAfter/time.Second))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		// Measured by the server's clock if the answer has a Date.
		if date, err := http.ParseTime(header.Get("Date")); err == nil {
			now = date
		}
		wait = at.Sub(now)
	}
	return min(max(wait, time.Second), longestRetryAfter)
}

// RequestFailure classifies a request without an answer. It removes the URL and
// the given secrets from the text, because an address can be a secret and a
// server may echo one.
func RequestFailure(err error, secrets ...string) *wire.Failure {
	var classified *wire.Failure
	if errors.As(err, &classified) {
		return classified
	}
	cause := err
	var withURL *url.Error
	if errors.As(err, &withURL) {
		cause = withURL.Err // url.Error's own text repeats the address
	}
	f := &wire.Failure{Kind: wire.Unknown, Reason: wire.Redact(cause.Error(), secrets...), Err: err}
	if neverLeft(err) {
		f.Kind = wire.Unreached
	}
	// Of a proxy's refusal at CONNECT, the standard library keeps only the status text.
	if strings.Contains(f.Reason, http.StatusText(http.StatusProxyAuthRequired)) {
		f.Reason += wire.ProxyRemedy
	}
	return f
}

// neverLeft reports whether a request failed before any byte of it was sent.
func neverLeft(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	var unconnected *unconnectedError
	return errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns) || errors.As(err, &unconnected)
}
