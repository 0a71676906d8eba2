package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/web"
)

// BenchmarkLiveBoards holds fifty boards open, each of which fetches its part
// whenever there is news, while 200 incidents a second are logged for ten
// seconds, all over HTTP:
//
//	go test -run '^$' -bench LiveBoards -benchtime 1x ./cmd/kigen/internal/web
func BenchmarkLiveBoards(b *testing.B) {
	const boards, rate, seconds = 50, 200, 10
	live, asked := web.NewLive(), new(atomic.Int64)
	s := newSite(b, func(o *web.Options) {
		o.Live = live
		o.Incidents = countedLists{o.Incidents, asked}
		watch(o, live)
	})
	server := httptest.NewServer(s.handler)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 200}}
	for b.Loop() {
		ctx, cancel := context.WithCancel(b.Context())
		var open sync.WaitGroup
		var parts samples
		for range boards {
			open.Go(func() { watchBoard(ctx, client, server.URL, &parts) })
		}
		var logs samples
		var logging sync.WaitGroup
		tick := time.NewTicker(time.Second / rate)
		for i := range rate * seconds {
			<-tick.C
			logging.Go(func() {
				began := time.Now()
				body := fmt.Sprintf(`{"vendor":"sotas","title":"Load %d","occurred_at":"2026-05-07 11:00"}`, i)
				if err := exchange(ctx, client, http.MethodPost, server.URL+"/api/v1/incidents", body); err != nil {
					b.Error(err)
				}
				logs.add(time.Since(began))
			})
		}
		tick.Stop()
		logging.Wait()
		time.Sleep(2 * time.Second) // the last news is on its way
		cancel()
		open.Wait()
		latencies(b, "log", logs.times)
		latencies(b, "part", parts.times)
		b.ReportMetric(float64(len(parts.times)), "parts")
		b.ReportMetric(float64(asked.Load()), "renderings")
		b.ReportMetric(0, "ns/op")
	}
}

// samples gathers times from many goroutines.
type samples struct {
	mu    sync.Mutex
	times []time.Duration
}

func (s *samples) add(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.times = append(s.times, d)
}

// watchBoard does what an open board's script does.
func watchBoard(ctx context.Context, client *http.Client, url string, parts *samples) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/events", http.NoBody)
	if err != nil {
		return
	}
	res, err := client.Do(r)
	if err != nil {
		return
	}
	defer res.Body.Close()
	for scan := bufio.NewScanner(res.Body); scan.Scan(); {
		if strings.HasPrefix(scan.Text(), "data: ") {
			began := time.Now()
			if exchange(ctx, client, http.MethodGet, url+"/board", "") == nil {
				parts.add(time.Since(began))
			}
		}
	}
}

func exchange(ctx context.Context, client *http.Client, method, url, body string) error {
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	if err == nil && res.StatusCode >= 300 {
		err = fmt.Errorf("%s: %d", url, res.StatusCode)
	}
	return err
}
