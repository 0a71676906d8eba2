package fakeslack

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
)

// RoundTripper reaches the workspace without a network. Only a black hole blocks,
// until the request's context ends.
func (s *Slack) RoundTripper() http.RoundTripper { return inProcess{s} }

// InProcess reaches any handler without a network, in the caller's goroutine.
func InProcess(handler http.Handler) http.RoundTripper { return inProcess{handler} }

type inProcess struct{ handler http.Handler }

// RoundTrip runs the handler in the caller's goroutine. An aborted handler is a
// closed connection.
func (t inProcess) RoundTrip(req *http.Request) (resp *http.Response, err error) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			resp, err = nil, context.Cause(req.Context())
			if err == nil {
				err = io.EOF
			}
		default:
			panic(v)
		}
	}()
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if req.Body == nil {
		req.Body = http.NoBody
	}
	defer func() { _ = req.Body.Close() }()
	w := &recorder{header: http.Header{}, status: http.StatusOK}
	t.handler.ServeHTTP(w, req)
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()),
		Request: req,
	}, nil
}

type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }

// readCall reads a request with a form or a JSON body.
func readCall(r *http.Request) (Call, error) {
	call := Call{Method: path.Base(r.URL.Path), Args: map[string]string{}, Host: r.Host}
	for _, address := range []string{"upload", "hooks"} {
		if strings.Contains(r.URL.Path, "/"+address+"/") {
			call.Method = address
			call.Args["id"] = path.Base(r.URL.Path)
		}
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json" {
		var body map[string]json.RawMessage
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			return call, err
		}
		for key, raw := range body {
			call.Args[key] = string(raw)
			var text string
			if json.Unmarshal(raw, &text) == nil {
				call.Args[key] = text
			}
		}
	} else if kind == "multipart/form-data" {
		if err := call.readUpload(r); err != nil {
			return call, err
		}
	} else {
		if err := r.ParseForm(); err != nil {
			return call, err
		}
		for key := range r.Form {
			call.Args[key] = r.Form.Get(key)
		}
	}
	if bearer, ok := bytes.CutPrefix([]byte(r.Header.Get("Authorization")), []byte("Bearer ")); ok {
		call.Args["token"] = string(bearer)
	}
	return call, nil
}

func write(w http.ResponseWriter, answer map[string]any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if plain, ok := answer["plain"].(string); ok {
		w.Header().Set("Content-Type", "text/plain")
		if status, ok := answer["status"].(int); ok {
			w.WriteHeader(status)
		}
		_, _ = io.WriteString(w, plain)
		return
	}
	if wait, ok := answer["retry_after"].(string); ok {
		w.Header().Set("Retry-After", wait)
		w.WriteHeader(http.StatusTooManyRequests)
		delete(answer, "retry_after")
	}
	_ = json.NewEncoder(w).Encode(answer) // the client may be gone
}
