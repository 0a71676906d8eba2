// Package client is the API client of the commands that read and change incidents.
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
	// timeout of one request. The report of a busy month is the slowest.
	timeout = 2 * time.Minute
	// longestProblem bounds the bytes read from an error response, well above what the
	// daemon's own have.
	longestProblem = 1 << 20
)

// Client sends requests to one daemon. It is safe for concurrent use.
type Client struct {
	Lang string // of errors and texts, sent as Accept-Language; empty: the daemon's choice

	base  *url.URL
	token string
	http  *http.Client
}

// New returns a client of the daemon at base, such as http://127.0.0.1:8080; a
// path in it is kept, for a proxy. The token may be empty.
func New(base, token string) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("KIGEN_URL %q: is not an http address: write it as http://127.0.0.1:8080", base)
	}
	return &Client{base: u, token: token, http: &http.Client{Timeout: timeout}}, nil
}

// Request is one API request.
type Request struct {
	Method string
	Path   string // below /api/v1, such as /incidents
	Query  url.Values
	Header http.Header
	Body   any // sent as JSON; nil: none
	// Raw is sent as it is, with the Content-Type of Header; nil: none.
	Raw []byte
}

// Do sends the request and returns the response body. An error response is
// returned as a *Problem.
func (c *Client) Do(ctx context.Context, r Request) ([]byte, error) {
	request, err := c.build(ctx, r)
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.unreachable(err, timeout)
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		return nil, readProblem(response)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("read the response of %s: %w", c.base.Host, err)
	}
	return body, nil
}

// Get requests JSON and decodes it into v.
func (c *Client) Get(ctx context.Context, path string, query url.Values, v any) error {
	body, err := c.Do(ctx, Request{Method: http.MethodGet, Path: path, Query: query})
	if err != nil {
		return err
	}
	return Decode(body, v)
}

// Decode decodes a response body.
func Decode(body []byte, v any) error {
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("unexpected response (%w): is KIGEN_URL the address of a kigen of the same version?", err)
	}
	return nil
}

// build creates the HTTP request.
func (c *Client) build(ctx context.Context, r Request) (*http.Request, error) {
	u := c.base.JoinPath("api/v1", r.Path)
	u.RawQuery = r.Query.Encode()
	var body io.Reader
	if r.Body != nil {
		text, err := json.Marshal(r.Body)
		if err != nil {
			return nil, fmt.Errorf("encode the request: %w", err)
		}
		body = bytes.NewReader(text)
	}
	if r.Raw != nil {
		body = bytes.NewReader(r.Raw)
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, u.String(), body)
	if err != nil {
		return nil, err
	}
	for name, values := range r.Header {
		request.Header[name] = values
	}
	if c.Lang != "" {
		request.Header.Set("Accept-Language", c.Lang)
	}
	if r.Body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	return request, nil
}

// unreachable adds a remedy to a connection error of a request that had this time.
func (c *Client) unreachable(err error, within time.Duration) error {
	var timedOut net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("no kigen answers at %s: start it with kigen serve, or set KIGEN_URL to where it runs", c.base.Redacted())
	case errors.As(err, &timedOut) && timedOut.Timeout():
		return fmt.Errorf("kigen at %s did not answer within %s: look at its log", c.base.Redacted(), within)
	}
	return fmt.Errorf("send a request to kigen at %s: %w: check KIGEN_URL", c.base.Redacted(), err)
}

// Problem is an error response in the form of RFC 9457.
type Problem struct {
	Status int            `json:"status"`
	Title  string         `json:"title"`
	Detail string         `json:"detail"`
	Errors []FieldProblem `json:"errors"`
}

// FieldProblem is an error in one field of a request.
type FieldProblem struct {
	Location string `json:"location"` // such as body.title
	Message  string `json:"message"`
	Value    any    `json:"value"`
}

// Error names each field with value and remedy, one per line; without fields it
// returns the daemon's detail.
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

// BadInput reports whether the request was invalid and cannot succeed unchanged. A
// conflict is not: the incident changed meanwhile.
func (p *Problem) BadInput() bool {
	switch p.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// addRemedy adds the remedy for a missing or insufficient token: the daemon does
// not know that a command sent the request.
func (p *Problem) addRemedy(withToken bool) {
	var remedy string
	switch {
	case p.Status == http.StatusUnauthorized && withToken:
		remedy = "the token in KIGEN_TOKEN has expired, was revoked or is unknown: create a new one with kigen token add NAME --role analyst on the machine with the database"
	case p.Status == http.StatusUnauthorized:
		remedy = "kigen requires a token: create one with kigen token add NAME --role analyst on the machine with the database, and set KIGEN_TOKEN to it"
	case p.Status == http.StatusForbidden && p.Detail == "":
		remedy = "the token in KIGEN_TOKEN lacks the required role: use one with a higher role"
	default:
		return
	}
	p.Detail, p.Errors = remedy, nil
}

// readProblem reads an error response, also one that a proxy wrote.
func readProblem(response *http.Response) error {
	p := &Problem{}
	body, err := io.ReadAll(io.LimitReader(response.Body, longestProblem))
	if err != nil || json.Unmarshal(body, p) != nil {
		p = &Problem{} // such as a proxy's HTML page
	}
	p.Status = response.StatusCode
	if p.Title == "" {
		p.Title = http.StatusText(p.Status)
	}
	p.addRemedy(response.Request.Header.Get("Authorization") != "")
	return p
}
