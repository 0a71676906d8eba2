package daemon

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"kigen/config"
	"kigen/notify/fakeslack"
	"kigen/store/pgtest"
)

// BenchmarkReplicas measures incidents logged over HTTP by 1 and by 16 clients: on one
// daemon with a file, and on one and three replicas on a server, all in one process and in
// one run. x-file is the rate beside that of the file with as many clients. The directory
// of temporary files must be on a disk, and the server must write to it:
//
//	TMPDIR=/var/tmp KIGEN_PGTEST_SETTINGS='fsync = on; full_page_writes = on; shared_buffers = 1GB' \
//		go test -run '^$' -bench Replicas -benchtime 5s ./cmd/kigen/internal/daemon
func BenchmarkReplicas(b *testing.B) {
	files := map[int]float64{}
	for _, clients := range []int{1, 16} {
		b.Run(fmt.Sprintf("file/clients=%d", clients), func(b *testing.B) {
			files[clients] = benchReplicas(b, filepath.Join(b.TempDir(), "kigen.db"), 1, clients)
		})
	}
	for _, replicas := range []int{1, 3} {
		for _, clients := range []int{1, 16} {
			b.Run(fmt.Sprintf("postgres/replicas=%d/clients=%d", replicas, clients), func(b *testing.B) {
				rate := benchReplicas(b, pgtest.URL(b), replicas, clients)
				if files[clients] > 0 {
					b.ReportMetric(rate/files[clients], "x-file")
				}
			})
		}
	}
}

// benchReplicas returns the incidents that are logged in a second. The clients take the
// replicas in turns.
func benchReplicas(b *testing.B, place string, replicas, clients int) float64 {
	b.Helper()
	slack := fakeslack.New(fakeslack.Options{Token: "xoxb-test", Channels: []string{"C0123456789"}})
	var urls []string
	for range replicas {
		urls = append(urls, benchedAt(b, place, slack, func(string, *config.Config) {}).URL())
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	const body = `{"vendor":"sotas","title":"ログインできない","impact":"serious","occurred_at":"2026-05-01T18:00:00+09:00"}`
	var posted atomic.Int64
	b.ResetTimer()
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for n := posted.Add(1); n <= int64(b.N); n = posted.Add(1) {
				response, err := client.Post(urls[int(n)%len(urls)]+"/api/v1/incidents", "application/json", bytes.NewReader([]byte(body)))
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, response.Body) // or the connection is not used again
				_ = response.Body.Close()
				if response.StatusCode != http.StatusCreated {
					b.Error(response.Status)
					return
				}
			}
		})
	}
	wg.Wait()
	rate := float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "incidents/s")
	return rate
}
