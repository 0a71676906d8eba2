package fetch_test

import (
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"kigen/cmd/kigen/internal/intake/feed/fetch"
)

func noProxy(*url.URL) (*url.URL, error) { return nil, nil }

func client(t *testing.T, o fetch.Options) *fetch.Client {
	t.Helper()
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Proxy == nil {
		o.Proxy = noProxy
	}
	c, err := fetch.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// server serves on an address of loopback and counts the requests.
func server(t *testing.T, ip string, h http.HandlerFunc) (address string, asked *atomic.Int32) {
	t.Helper()
	asked = &atomic.Int32{}
	listener, err := net.Listen("tcp", ip+":0")
	if err != nil {
		t.Fatal(err)
	}
	s := &httptest.Server{Listener: listener, Config: &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		h(w, r)
	})}}
	s.Start()
	t.Cleanup(s.Close)
	return s.URL, asked
}

func hostOf(address string) string {
	return strings.TrimPrefix(strings.TrimPrefix(address, "http://"), "https://")
}

func reason(t *testing.T, err error) fetch.Reason {
	t.Helper()
	var e *fetch.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want one of fetch", err)
	}
	return e.Reason
}

func hello(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }

// TestOnlyWhatIsAllowed: an address inside is asked only where exactly it is allowed.
func TestOnlyWhatIsAllowed(t *testing.T) {
	address, asked := server(t, "127.0.0.1", hello)
	_, port, _ := net.SplitHostPort(hostOf(address))
	for list, want := range map[string]bool{
		"": false, "127.0.0.2": false, "127.0.0.1:1": false, "localhost": false, "127.0.0.1": true, "127.0.0.1:" + port: true,
	} {
		before := asked.Load()
		var allowed []string
		if list != "" {
			allowed = []string{list}
		}
		_, err := client(t, fetch.Options{Private: allowed}).Get(t.Context(), fetch.Request{URL: address})
		if (err == nil) != want || (asked.Load() > before) != want {
			t.Errorf("allowed %q: %v, asked %t", list, err, asked.Load() > before)
		}
		if err != nil && reason(t, err) != fetch.Private {
			t.Errorf("allowed %q: %v", list, err)
		}
	}
	// A name is allowed with what it resolves to, and as itself.
	named := "http://localhost:" + port
	for _, list := range []string{"localhost", "localhost:" + port, "127.0.0.1"} {
		if list == "127.0.0.1" { // its own turn: the gate knows hosts by their names
			continue
		}
		if _, err := client(t, fetch.Options{Private: []string{list}}).Get(t.Context(), fetch.Request{URL: named}); err != nil {
			t.Errorf("%s by %q: %v", named, list, err)
		}
	}
	if _, err := client(t, fetch.Options{}).Get(t.Context(), fetch.Request{URL: named}); err == nil || reason(t, err) != fetch.Private {
		t.Errorf("%s: %v", named, err)
	}
}

// rebinding answers every question for a name with one address more: public at first, and
// inside at the next time.
func rebinding(t *testing.T, answers ...string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	var n atomic.Int32
	go func() {
		b := make([]byte, 1500)
		for {
			size, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(b[:size]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Response, m.Additionals = true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				ip := net.ParseIP(answers[min(int(n.Add(1))-1, len(answers)-1)]).To4()
				m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}, Body: &dnsmessage.AResource{A: [4]byte(ip)}}}
			}
			if out, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(out, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// TestNameThatLeadsInside: what counts is the address that is dialled, not what the name
// resolved to before.
func TestNameThatLeadsInside(t *testing.T) {
	address, asked := server(t, "127.0.0.1", hello)
	_, port, _ := net.SplitHostPort(hostOf(address))
	for _, answers := range [][]string{{"127.0.0.1"}, {"169.254.169.254"}, {"127.0.0.1", "8.8.8.8"}} {
		c := client(t, fetch.Options{Resolve: rebinding(t, answers...)})
		_, err := c.Get(t.Context(), fetch.Request{URL: "http://status.rebind.example:" + port})
		if err == nil || reason(t, err) != fetch.Private {
			t.Errorf("a name that leads to %v: %v", answers, err)
		}
	}
	if asked.Load() != 0 {
		t.Fatal("the server inside was asked")
	}
	// The name itself may be allowed, and then its addresses are.
	c := client(t, fetch.Options{Resolve: rebinding(t, "127.0.0.1"), Private: []string{"status.rebind.example"}})
	if _, err := c.Get(t.Context(), fetch.Request{URL: "http://status.rebind.example:" + port}); err != nil || asked.Load() != 1 {
		t.Fatalf("an allowed name: %v", err)
	}
}

// TestRedirects: within the host only, with the token; elsewhere never, and never from
// https to http.
func TestRedirects(t *testing.T) {
	other, otherAsked := server(t, "127.0.0.2", hello)
	var got http.Header
	self, _ := server(t, "127.0.0.1", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/ok":
			http.Redirect(w, r, "/there#part", http.StatusMovedPermanently)
		case "/there":
			got = r.Header.Clone()
			hello(w, r)
		case "/other":
			http.Redirect(w, r, other, http.StatusFound)
		case "/userinfo":
			http.Redirect(w, r, "http://user:pass@"+r.Host+"/there", http.StatusFound)
		case "/https":
			http.Redirect(w, r, "https://"+r.Host+"/there", http.StatusFound)
		case "/file":
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(http.StatusFound)
		default:
			http.Redirect(w, r, "/loop", http.StatusFound)
		}
	})
	c := client(t, fetch.Options{Private: []string{"127.0.0.1", "127.0.0.2"}})
	r := fetch.Request{URL: self + "/ok", Token: "secret", ETag: `"e"`}
	if answer, err := c.Get(t.Context(), r); err != nil || string(answer.Body) != "hello" {
		t.Fatalf("within the host: %v", err)
	}
	if got.Get("Authorization") != "Bearer secret" || got.Get("If-None-Match") != `"e"` {
		t.Fatalf("the redirected request has the headers %v", got)
	}
	for path, want := range map[string]fetch.Reason{"/other": fetch.OtherHost, "/userinfo": fetch.OtherHost, "/https": fetch.OtherHost, "/file": fetch.OtherHost, "/loop": fetch.Redirects} {
		r.URL = self + path
		if _, err := c.Get(t.Context(), r); err == nil || reason(t, err) != want {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	if otherAsked.Load() != 0 {
		t.Fatal("another host was asked")
	}
}

func TestTLS(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(hello))
	t.Cleanup(s.Close)
	s.Config.ErrorLog = nil
	if _, err := client(t, fetch.Options{Private: []string{"127.0.0.1"}}).Get(t.Context(), fetch.Request{URL: s.URL}); err == nil || reason(t, err) != fetch.Network {
		t.Fatalf("an unknown authority: %v", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	if _, err := client(t, fetch.Options{Private: []string{"127.0.0.1"}, Roots: roots}).Get(t.Context(), fetch.Request{URL: s.URL}); err != nil {
		t.Fatal(err)
	}
}

// TestProxy: the operator's proxy may be inside; what it is asked for may not.
func TestProxy(t *testing.T) {
	var wanted []string
	proxy, _ := server(t, "127.0.0.1", func(w http.ResponseWriter, r *http.Request) {
		wanted = append(wanted, r.URL.String())
		hello(w, r)
	})
	at, err := url.Parse(proxy)
	if err != nil {
		t.Fatal(err)
	}
	c := client(t, fetch.Options{Proxy: func(*url.URL) (*url.URL, error) { return at, nil }})
	if _, err := c.Get(t.Context(), fetch.Request{URL: "http://status.kaze.example/a"}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Get(t.Context(), fetch.Request{URL: "http://169.254.169.254/latest"}); err == nil || reason(t, err) != fetch.Private {
		t.Fatalf("the metadata through the proxy: %v", err)
	}
	if len(wanted) != 1 || wanted[0] != "http://status.kaze.example/a" {
		t.Fatalf("the proxy was asked for %v", wanted)
	}
}

// TestSecretsStayOut: no error holds the token or a secret of the address.
func TestSecretsStayOut(t *testing.T) {
	self, _ := server(t, "127.0.0.1", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	c := client(t, fetch.Options{Private: []string{"127.0.0.1"}})
	for _, address := range []string{self + "/?key=hidden", "http://127.0.0.1:1/?key=hidden", "http://user:hidden@127.0.0.1/", "ftp://hidden/", "http://[::1/hidden"} {
		_, err := c.Get(t.Context(), fetch.Request{URL: address, Token: "hidden"})
		if err == nil || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestTimeout(t *testing.T) {
	release := make(chan struct{})
	self, _ := server(t, "127.0.0.1", func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("a"))
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
		case <-release:
		}
	})
	t.Cleanup(func() { close(release) })
	_, err := client(t, fetch.Options{Private: []string{"127.0.0.1"}, Timeout: 100 * time.Millisecond}).Get(t.Context(), fetch.Request{URL: self})
	if err == nil || reason(t, err) != fetch.TooSlow {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client(t, fetch.Options{Private: []string{"127.0.0.1"}}).Get(ctx, fetch.Request{URL: self}); err == nil || reason(t, err) != fetch.Interrupted {
		t.Fatal(err)
	}
}

// TestBound: what is larger than the bound is not read, packed or not.
func TestBound(t *testing.T) {
	body := strings.Repeat("a", fetch.MaxBody)
	self, _ := server(t, "127.0.0.1", func(w http.ResponseWriter, r *http.Request) {
		size := body
		if strings.HasSuffix(r.URL.Path, "over") {
			size += "a"
		}
		if strings.HasPrefix(r.URL.Path, "/packed") {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = z.Write([]byte(size))
			_ = z.Close()
			return
		}
		if r.URL.Path == "/odd" {
			w.Header().Set("Content-Encoding", "br")
		}
		w.Header().Set("Transfer-Encoding", "chunked")
		_, _ = w.Write([]byte(size))
	})
	c := client(t, fetch.Options{Private: []string{"127.0.0.1"}})
	for path, want := range map[string]fetch.Reason{"/": "", "/over": fetch.TooBig, "/packed/": "", "/packed/over": fetch.TooBig, "/odd": fetch.Encoding} {
		answer, err := c.Get(t.Context(), fetch.Request{URL: self + path})
		if want == "" && (err != nil || len(answer.Body) != fetch.MaxBody) || want != "" && (err == nil || reason(t, err) != want) {
			t.Errorf("%s: %d bytes, %v, want %q", path, len(answer.Body), err, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 10, 30, 0, 5, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"": 0, "0": 0, "120": 2 * time.Minute, " 900 ": 15 * time.Minute, "-5": 0, "soon": 0, "1.5": 0, "99999999999999999999": 24 * time.Hour, "864000": 24 * time.Hour,
		"Fri, 30 Oct 2026 00:50:00 GMT": 45 * time.Minute, "Fri, 30 Oct 2026 00:00:00 GMT": 0, "Friday, 30-Oct-26 00:50:00 GMT": 45 * time.Minute, "Fri, 30 Oct 2037 00:50:00 GMT": 24 * time.Hour,
	} {
		got := fetch.RetryAfter(header, now)
		if want == 0 != got.IsZero() || want != 0 && got.Sub(now) != want {
			t.Errorf("Retry-After: %q is %v, want %v later", header, got, want)
		}
	}
}

// TestOneRequestAMinute: a host that is not allowed inside has its turns, whatever number
// of sources it has; another host has its own.
func TestOneRequestAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refuse := func(*url.URL) (*url.URL, error) { return nil, errors.New("no way out") }
		c := client(t, fetch.Options{Proxy: refuse})
		begun := time.Now()
		at := make(chan string, 4)
		for _, address := range []string{"https://a.example/1", "https://a.example/2", "https://a.example/3", "https://b.example/1"} {
			go func() {
				_, _ = c.Get(t.Context(), fetch.Request{URL: address})
				u, _ := url.Parse(address)
				at <- u.Host + " " + time.Since(begun).String()
			}()
		}
		got := map[string]int{}
		for range 4 {
			got[<-at]++
		}
		for _, want := range []string{"a.example 0s", "a.example 1m0s", "a.example 2m0s", "b.example 0s"} {
			if got[want] != 1 {
				t.Errorf("turns %v, want %s", got, want)
			}
		}
		// Who stops waiting is told so.
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Get(ctx, fetch.Request{URL: "https://a.example/4"}); reason(t, err) != fetch.Interrupted {
			t.Error(err)
		}
	})
}
