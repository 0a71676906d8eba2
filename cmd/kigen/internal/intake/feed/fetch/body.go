package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Reason classes the failures of asking.
type Reason string

// The reasons.
const (
	Limited     Reason = "limited"     // 429
	Unavailable Reason = "unavailable" // 503
	Server      Reason = "server"      // another 5xx
	Refused     Reason = "refused"     // 4xx
	Network     Reason = "network"
	TooSlow     Reason = "timeout"
	Truncated   Reason = "truncated"
	TooBig      Reason = "too_big"
	Encoding    Reason = "encoding" // compressed in a form that was not asked for, or broken
	OtherHost   Reason = "redirect_other_host"
	Redirects   Reason = "redirects"
	Private     Reason = "private_address"
	BadAddress  Reason = "address"
	Unasked     Reason = "not_modified_unasked"
	Interrupted Reason = "interrupted" // we are closing
)

// Error is a request that brought no document.
type Error struct {
	Reason  Reason
	Status  int       // of the answer; zero: there was none
	RetryAt time.Time // not to be asked before; zero: the source does not say
	Err     error
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the text.
func (e *Error) Unwrap() error { return e.Err }

// Slows reports whether the source had better be asked less often: it is in trouble, or it
// says so.
func (e *Error) Slows() bool {
	switch e.Reason {
	case Limited, Unavailable, Server, Refused, Network, TooSlow, Truncated:
		return true
	}
	return false
}

// read reads a body up to the bound, after decompression.
func (c *Client) read(ctx context.Context, answer *http.Response) (Response, error) {
	if answer.ContentLength > MaxBody {
		return Response{}, tooBig()
	}
	// What is compressed is no larger than what it holds, give or take.
	body := io.Reader(&io.LimitedReader{R: answer.Body, N: MaxBody + 1<<16})
	switch encoding := strings.ToLower(answer.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(body)
		if err != nil {
			return Response{}, broken(ctx, err)
		}
		body = z
	default:
		return Response{}, &Error{Reason: Encoding, Err: fmt.Errorf("the source compresses its document as %q, which kigen did not ask for", encoding)}
	}
	var b bytes.Buffer
	n, err := io.Copy(&b, io.LimitReader(body, MaxBody+1))
	switch {
	case n > MaxBody:
		return Response{}, tooBig()
	case err != nil:
		return Response{}, broken(ctx, err)
	}
	return Response{
		Body: b.Bytes(), ContentType: answer.Header.Get("Content-Type"), ETag: short(answer.Header.Get("ETag")),
		LastModified: short(answer.Header.Get("Last-Modified")), Skew: c.skew(answer),
	}, nil
}

// short drops a validator of such a length that it can only be an attack.
func short(s string) string {
	if len(s) > 1000 {
		return ""
	}
	return s
}

func tooBig() error {
	return &Error{Reason: TooBig, Err: fmt.Errorf("the document is larger than %d MiB", MaxBody>>20)}
}

// broken classes a connection that failed. The error names no address: it may hold a
// secret.
func broken(ctx context.Context, err error) error {
	var timeout net.Error
	switch {
	case errors.Is(err, errInside):
		return &Error{Reason: Private, Err: errInside}
	case errors.Is(ctx.Err(), context.Canceled):
		return &Error{Reason: Interrupted, Err: ctx.Err()}
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return &Error{Reason: TooSlow, Err: errors.New("the source does not answer in time")}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Reason: Truncated, Err: errors.New("the source's answer ends before its end")}
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return &Error{Reason: Encoding, Err: errors.New("the source's compressed answer is broken")}
	}
	return &Error{Reason: Network, Err: fmt.Errorf("the source cannot be reached: %w", err)}
}

// refused is an answer that is none.
func (c *Client) refused(answer *http.Response) error {
	e := &Error{Status: answer.StatusCode, Err: fmt.Errorf("the source answers with status %d", answer.StatusCode)}
	switch code := answer.StatusCode; {
	case code == http.StatusTooManyRequests:
		e.Reason = Limited
	case code == http.StatusServiceUnavailable:
		e.Reason = Unavailable
	case code >= 500:
		e.Reason = Server
	default:
		e.Reason = Refused
	}
	if e.Reason != Server {
		e.RetryAt = RetryAfter(answer.Header.Get("Retry-After"), c.o.Now())
	}
	return e
}

// RetryAfter reads the header, in seconds or as a date. It is zero where there is none, or
// where it lies in the past.
func RetryAfter(header string, now time.Time) time.Time {
	header = strings.TrimSpace(header)
	if header == "" {
		return time.Time{}
	}
	latest := now.Add(maxRetry)
	if strings.Trim(header, "0123456789") == "" {
		seconds, err := strconv.ParseInt(header, 10, 64)
		if err != nil || seconds > int64(maxRetry/time.Second) {
			return latest
		}
		if seconds == 0 {
			return time.Time{}
		}
		return now.Add(time.Duration(seconds) * time.Second)
	}
	at, err := http.ParseTime(header)
	switch {
	case err != nil || !at.After(now):
		return time.Time{}
	case at.After(latest):
		return latest
	}
	return at
}
