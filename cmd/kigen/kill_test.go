package main_test

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"kigen/notify/fakeslack"
	"kigen/notify/slack"
	"kigen/sla/seedtest"
)

// point is a place on the way of an alert at which kigen is killed.
type point string

const (
	planned   point = "plan committed"                // the alert stands in the outbox, nobody has taken it yet
	claimed   point = "sending committed"             // the row is claimed, the connection is made, nothing is on it
	onTheWire point = "request on the wire"           // Slack has read the request and does nothing with it
	accepted  point = "accepted, not answered"        // the message stands in the channel, kigen never hears of it
	answered  point = "answered"                      // the answer is out: sent is committed, or not
	updating  point = "update accepted, not answered" // as accepted, for a change to a message
	searching point = "history asked, not answered"   // in the middle of reconciling
	anywhere  point = "at a random instant"           //
	noPoint   point = ""                              //
)

// points are those that a run must have met, in an order in which each leads
// to the next: what was accepted and not answered is looked for after the
// restart.
func points() []point {
	return []point{planned, claimed, onTheWire, accepted, searching, answered, updating, anywhere}
}

// killsWanted is how many kills all worlds make together, of which one world
// makes them while files are on their way.
func killsWanted(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv("KIGEN_KILLS"), "40"))
	if err != nil || n < 1 {
		t.Fatalf("KIGEN_KILLS is %q: give a number of kills, such as 200", os.Getenv("KIGEN_KILLS"))
	}
	return n
}

// TestKilledAnywhere kills the built binary with SIGKILL at every named point
// and at random instants, while Slack refuses, fails before and after it
// accepts, and hangs up: no alert and no file is lost, and none comes twice.
// KIGEN_KILLS says how often (208 for a long run), KIGEN_SIM_SEED repeats a run.
func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	const worlds = 4
	seed := seedtest.Of(t)
	var mu sync.Mutex
	met := map[point]int{}
	t.Run("worlds", func(t *testing.T) {
		for n := range uint64(worlds) {
			t.Run(fmt.Sprint(n+1), func(t *testing.T) {
				t.Parallel()
				h := newHell(t, rand.New(rand.NewPCG(seed, n)), "C0000000001", "C0000000002", "C0000000003")
				at := points()
				if n == 0 {
					at = uploads()
				}
				h.kill(at, (killsWanted(t)+worlds-1)/worlds)
				h.check()
				mu.Lock()
				defer mu.Unlock()
				for p, times := range h.met {
					met[p] += times
				}
			})
		}
	})
	for _, p := range append(points(), uploads()...) {
		t.Logf("killed %3d times: %s", met[p], p)
		if met[p] == 0 {
			t.Errorf("no kill met %q", p)
		}
	}
}

// hasty is a kigen that waits a tenth of the time for an unclear outcome: the kills
// meet the same points, and the test does not spend minutes in these waits.
var hasty = built("kigen-hasty", "-X kigen/notify.waitDivisor=10")

func serveHasty(t *testing.T, dir string) *process {
	t.Helper()
	path, err := hasty()
	if err != nil {
		t.Fatal(err)
	}
	return startBinary(t, path, dir, "serve", "--config", "kigen.yaml")
}

// hell is a kigen that is killed again and again, and a Slack that fails.
type hell struct {
	t       *testing.T
	random  *rand.Rand
	slack   *fakeslack.Slack
	dir     string
	trap    *trap
	kigen   *process
	met     map[point]int
	logged  []string // titles of incidents
	reports int      // sent
	noticed map[string]bool
}

func newHell(t *testing.T, random *rand.Rand, channels ...string) *hell {
	t.Helper()
	h := &hell{t: t, random: random, dir: t.TempDir(), met: map[point]int{}, noticed: map[string]bool{}}
	h.slack = fakeslack.New(fakeslack.Options{Token: botToken, Channels: channels, EnforceRate: true, Burst: 3})
	h.trap = &trap{slack: h.slack, hit: make(chan struct{}, 1), random: rand.New(rand.NewPCG(random.Uint64(), 0))}
	server := httptest.NewUnstartedServer(h.trap)
	server.Listener = trapped{server.Listener, h.trap}
	server.Config.SetKeepAlivesEnabled(false) // each request is a connection, so that each can be trapped
	server.Start()
	t.Cleanup(server.Close)
	t.Cleanup(h.trap.release)
	var config strings.Builder
	config.WriteString("language: en\nreport: {formats: [csv, html]}\ndestinations:\n")
	for i, channel := range channels {
		fmt.Fprintf(&config, "  d%d: {slack: {token: %s, channel: %s, api_url: %q}}\n", i+1, botToken, channel, server.URL+"/api/")
	}
	config.WriteString("alerts:\n")
	for i := range channels {
		fmt.Fprintf(&config, "  - {to: [d%d]}\n", i+1)
	}
	if err := os.WriteFile(filepath.Join(h.dir, "kigen.yaml"), []byte(config.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	h.kigen = serveHasty(t, h.dir)
	return h
}

// kill kills kigen so many times, in turn at the points that what is going on
// allows, and starts it again each time.
func (h *hell) kill(at []point, times int) {
	h.t.Helper()
	for n := range times {
		want := at[n%len(at)]
		h.trap.arm(want, false)
		h.stir(want)
		met := h.await(want, 4*time.Second)
		if met != want && want.step() != "" {
			// Slack's moods have put the file off for a minute or more: another one
			// comes to the point when it has none.
			h.trap.spare()
			h.sendReport()
			met = h.await(want, 30*time.Second)
		}
		h.met[met]++
		h.kigen.signal(syscall.SIGKILL)
		h.trap.release()
		h.kigen = serveHasty(h.t, h.dir)
	}
}

// stir makes something happen: an incident whose deadline is about to pass, a
// report with its files, or a notice to an incident that was alerted.
func (h *hell) stir(want point) {
	h.t.Helper()
	switch {
	case want == searching:
		return // for what was accepted, and not answered
	case want.step() != "":
		h.sendReport()
	case want == updating && h.notice():
		return
	}
	h.log(time.Now().Add(time.Duration(200+h.random.IntN(400)) * time.Millisecond))
}

// notice records a notice to an incident that the channels show and that has
// none yet.
func (h *hell) notice() bool {
	h.t.Helper()
	for _, m := range h.slack.Messages() {
		title := h.titleIn(&m)
		if title != "" && !h.noticed[title] {
			h.noticed[title] = true
			h.post("/incidents/"+idIn(&m)+"/notices", map[string]any{"channel": "email"})
			return true
		}
	}
	return false
}

// log logs an incident that falls due at an instant.
func (h *hell) log(due time.Time) {
	h.t.Helper()
	title := fmt.Sprintf("incident-%03d-", len(h.logged)+1)
	h.post("/incidents", map[string]any{
		"vendor": "sustaina", "title": title, "impact": "serious",
		"confirmed_at": due.Add(-24 * time.Hour).Format(time.RFC3339Nano),
	})
	h.logged = append(h.logged, title)
}

// titleIn finds the incident that a message speaks of.
func (h *hell) titleIn(m *fakeslack.Message) string {
	shown := m.Text + m.Shown()
	for _, title := range h.logged {
		if strings.Contains(shown, title) {
			return title
		}
	}
	return ""
}

func idIn(m *fakeslack.Message) string {
	_, after, _ := strings.Cut(m.Text+m.Shown(), "KGN-")
	end := strings.IndexFunc(after, func(r rune) bool { return r < '0' || r > '9' })
	return "KGN-" + after[:max(end, 0)]
}

// post sends a request as a SOAR would: with a key, until it is answered.
func (h *hell) post(path string, body map[string]any) {
	h.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		h.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.kigen.url+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		h.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		h.t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusMultipleChoices {
		h.t.Fatalf("POST %s: %s", path, response.Status)
	}
}

// await waits until kigen stands at the point. Where it does not come there,
// any instant will do.
func (h *hell) await(want point, patience time.Duration) point {
	h.t.Helper()
	if want == anywhere {
		patience = time.Duration(h.random.IntN(1500)) * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	if want == planned {
		if h.sees(ctx, `SELECT COUNT(*) FROM deliveries WHERE state = 'pending' AND attempts = 0 AND kind = 'post'`) {
			return planned
		}
		return anywhere
	}
	select {
	case <-h.trap.hit:
		return want
	case <-ctx.Done():
		return anywhere
	}
}

// sees polls the database until the count is not zero.
func (h *hell) sees(ctx context.Context, query string) bool {
	h.t.Helper()
	db := reading(h.t, h.dir)
	defer db.Close()
	for ctx.Err() == nil {
		var n int
		if err := db.QueryRowContext(ctx, query).Scan(&n); err == nil && n > 0 {
			return true
		}
	}
	return false
}

// reading opens the database of a kigen that may be running.
func reading(t *testing.T, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "kigen.db")+"?mode=ro&_busy_timeout=1000")
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// rest ends the faults and waits until all is sent.
func (h *hell) rest() {
	h.t.Helper()
	h.trap.calm()
	db := reading(h.t, h.dir)
	defer db.Close()
	eventually(h.t, 4*time.Minute, "the outbox to be empty", func() bool {
		var unsent int
		err := db.QueryRowContext(h.t.Context(),
			`SELECT COUNT(*) FROM deliveries WHERE state IN ('pending', 'sending', 'unknown')`).Scan(&unsent)
		return err == nil && unsent == 0
	})
}

// check lets kigen come to rest, and holds what the channels show against
// what was logged.
func (h *hell) check() {
	h.t.Helper()
	h.rest()
	seen := map[string]int{}
	keys := map[string]int{}
	for _, m := range h.slack.Messages() {
		if len(m.Files) > 0 {
			continue
		}
		if strings.HasPrefix(m.Key(slack.Key), "report/") {
			keys[m.Key(slack.Key)]++
			continue
		}
		title := h.titleIn(&m)
		seen[m.Channel+" "+title]++
		keys[m.Key(slack.Key)]++
		if h.noticed[title] && !strings.Contains(m.Shown(), "notified") {
			h.t.Errorf("%s in %s was never brought up to date:\n%s", title, m.Channel, m.Shown())
		}
	}
	for _, title := range h.logged {
		for _, channel := range []string{"C0000000001", "C0000000002", "C0000000003"} {
			if n := seen[channel+" "+title]; n != 1 {
				h.t.Errorf("%s arrived %d times in %s", title, n, channel)
			}
			delete(seen, channel+" "+title)
		}
	}
	for what, n := range seen {
		h.t.Errorf("%d messages that nobody expects: %q", n, what)
	}
	for key, n := range keys {
		if n > 1 {
			h.t.Errorf("%q was posted %d times", key, n)
		}
	}
	h.checkFiles()
	h.kigen.signal(syscall.SIGTERM)
	worked(h.t, runIn(h.t, h.dir, nil, "", "db", "verify"))
}
