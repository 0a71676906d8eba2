package notify

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	requestTimeout    = 15 * time.Second
	defaultRetryAfter = 30 * time.Second // when told to wait and not how long
	longestRetryAfter = time.Hour        // a senseless value must not silence us
	largestAnswer     = 1 << 20          // bytes
)

// newClient makes the HTTP client of a destination. A nil transport is the
// standard one.
func newClient(transport http.RoundTripper) *http.Client {
	if transport == nil {
		transport = http.DefaultTransport
	}
	return &http.Client{
		Timeout:   requestTimeout,
		Transport: outgoing{transport},
		// A redirect would carry a secret to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// outgoing turns "too many requests" into a Failure on the spot, because a
// library on top may lose a Retry-After that is missing or a date; and it
// bounds the size of an answer.
type outgoing struct{ next http.RoundTripper }

func (o outgoing) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := o.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusTooManyRequests {
		_ = resp.Body.Close() // nothing in it that we need
		wait := retryAfter(resp.Header, time.Now())
		return nil, &Failure{Kind: Limited, RetryAfter: wait, Reason: "asked to wait " + wait.String()}
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, largestAnswer), resp.Body}
	return resp, nil
}

// retryAfter reads the header in both of its forms, seconds and a date.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := header.Get("Retry-After")
	wait := defaultRetryAfter
	if seconds, err := strconv.Atoi(value); err == nil {
		wait = time.Duration(min(seconds, int(longestRetryAfter/time.Second))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		// Measured on the server's clock where it tells the time.
		if date, err := http.ParseTime(header.Get("Date")); err == nil {
			now = date
		}
		wait = at.Sub(now)
	}
	return min(max(wait, time.Second), longestRetryAfter)
}

// requestFailure classifies a request that got no answer. Its text can hold
// what the server sent back, and an address can be a secret: both are cut.
func requestFailure(err error, secrets ...string) *Failure {
	var classified *Failure
	if errors.As(err, &classified) {
		return classified
	}
	cause := err
	var withURL *url.Error
	if errors.As(err, &withURL) {
		cause = withURL.Err // what is in front of it repeats the address
	}
	f := &Failure{Kind: Unknown, Reason: redact(cause.Error(), secrets...), Err: err}
	if neverLeft(err) {
		f.Kind = Unreached
	}
	return f
}

// neverLeft reports whether a request failed before anything of it was sent.
func neverLeft(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns)
}

// redact cuts the secrets out of a text that came from outside. A server may
// echo what it was sent.
func redact(text string, secrets ...string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[secret]")
		}
	}
	return text
}
