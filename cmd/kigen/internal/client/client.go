// Package client speaks to the API of a running kigen, for the commands that
// look at incidents and change them.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

const (
	// timeout of one request. A report of a busy month is the slowest.
	timeout = 2 * time.Minute
	// longestProblem bounds what is read of an error, in bytes. One of a thousand
	// incidents that were sent at once names each, twice.
	longestProblem = 32 << 20
)

// Client asks one daemon. It is safe for any number of goroutines.
type Client struct {
	base  *url.URL
	token string
	http  *http.Client
}

// New returns a client of the daemon at base, such as http://127.0.0.1:8080;
// below a path, where a proxy serves it there. The token may be empty.
func New(base, token string) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("KIGEN_URL %q: is no http address: write it as http://127.0.0.1:8080", base)
	}
	return &Client{base: u, token: token, http: &http.Client{Timeout: timeout}}, nil
}

// Request is one question to the daemon.
type Request struct {
	Method string
	Path   string // below /api/v1, such as /incidents
	Query  url.Values
	Header http.Header
	Body   any // sent as JSON; nil: none
}

// Do sends the request and returns the answer's body. An answer that refuses
// is a *Problem error.
func (c *Client) Do(ctx context.Context, r Request) ([]byte, error) {
	request, err := c.build(ctx, r)
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.unreachable(err)
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		return nil, readProblem(response)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("the answer of %s broke off: %w", c.base.Host, err)
	}
	return body, nil
}

// Get asks for JSON and decodes it into v.
func (c *Client) Get(ctx context.Context, path string, query url.Values, v any) error {
	body, err := c.Do(ctx, Request{Method: http.MethodGet, Path: path, Query: query})
	if err != nil {
		return err
	}
	return Decode(body, v)
}

// Decode reads an answer.
func Decode(body []byte, v any) error {
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("the answer is not what this version of kigen understands (%w): is KIGEN_URL the address of a kigen of the same version?", err)
	}
	return nil
}

// build puts the request together.
func (c *Client) build(ctx context.Context, r Request) (*http.Request, error) {
	u := c.base.JoinPath("api/v1", r.Path)
	u.RawQuery = r.Query.Encode()
	var body io.Reader
	if r.Body != nil {
		text, err := json.Marshal(r.Body)
		if err != nil {
			return nil, fmt.Errorf("write the request: %w", err)
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, u.String(), body)
	if err != nil {
		return nil, err
	}
	for name, values := range r.Header {
		request.Header[name] = values
	}
	if r.Body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	return request, nil
}

// unreachable says what to do when nobody answers.
func (c *Client) unreachable(err error) error {
	var timedOut net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("no kigen answers at %s: start it with kigen serve, or set KIGEN_URL to where it runs", c.base.Redacted())
	case errors.As(err, &timedOut) && timedOut.Timeout():
		return fmt.Errorf("kigen at %s did not answer within %s: look at its log", c.base.Redacted(), timeout)
	}
	return fmt.Errorf("ask kigen at %s: %w: check KIGEN_URL", c.base.Redacted(), err)
}

// Problem is an answer that refuses, an RFC 9457 problem document.
type Problem struct {
	Status int            `json:"status"`
	Title  string         `json:"title"`
	Detail string         `json:"detail"`
	Errors []FieldProblem `json:"errors"`
}

// FieldProblem is what is wrong with one field of a request.
type FieldProblem struct {
	Location string `json:"location"` // such as body.title
	Message  string `json:"message"`
	Value    any    `json:"value"`
}

// Error names each field with its value and the remedy, one a line; where the
// problem names none, it says what the daemon said.
func (p *Problem) Error() string {
	var lines []string
	for _, e := range p.Errors {
		_, field, found := strings.Cut(e.Location, ".")
		if !found {
			field = e.Location
		}
		line := field + ": " + e.Message
		if e.Value != nil {
			value, err := json.Marshal(e.Value)
			if err == nil {
				line = field + " " + string(value) + ": " + e.Message
			}
		}
		lines = append(lines, strings.TrimPrefix(line, ": "))
	}
	switch {
	case len(lines) > 0:
		return strings.Join(lines, "\n")
	case p.Detail != "":
		return p.Detail
	}
	return fmt.Sprintf("kigen answered %d %s", p.Status, p.Title)
}

// BadInput reports whether the request was at fault, so that the same request
// can never succeed. A conflict is not: somebody else was faster.
func (p *Problem) BadInput() bool {
	switch p.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// addRemedy says what to do about an answer that keeps somebody out, in the
// words of whoever asked: the daemon can't know that it was a command.
func (p *Problem) addRemedy(withToken bool) {
	var remedy string
	switch {
	case p.Status == http.StatusUnauthorized && withToken:
		remedy = "the token in KIGEN_TOKEN has expired, was revoked or is not known: make another one with kigen token add NAME --role analyst, where the database is"
	case p.Status == http.StatusUnauthorized:
		remedy = "kigen asks for a token: make one with kigen token add NAME --role analyst, where the database is, and set KIGEN_TOKEN to it"
	case p.Status == http.StatusForbidden && p.Detail == "":
		remedy = "the token in KIGEN_TOKEN may not do this: use one with a higher role"
	default:
		return
	}
	p.Detail, p.Errors = remedy, nil
}

// readProblem makes the best of an answer that refuses, also when something
// between here and kigen wrote it.
func readProblem(response *http.Response) error {
	p := &Problem{}
	body, err := io.ReadAll(io.LimitReader(response.Body, longestProblem))
	if err != nil || json.Unmarshal(body, p) != nil {
		p = &Problem{} // a proxy's page, say
	}
	p.Status = response.StatusCode
	if p.Title == "" {
		p.Title = http.StatusText(p.Status)
	}
	p.addRemedy(response.Request.Header.Get("Authorization") != "")
	return p
}
