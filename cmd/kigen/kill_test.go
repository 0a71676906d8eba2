package main_test

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"kigen/notify"
	"kigen/notify/fakeslack"
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
	uploading point = "file on its way"               // one of the three steps of an upload is done
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

// killsWanted is how many kills all worlds make together.
func killsWanted(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv("KIGEN_KILLS"), "32"))
	if err != nil || n < 1 {
		t.Fatalf("KIGEN_KILLS is %q: give a number of kills, such as 200", os.Getenv("KIGEN_KILLS"))
	}
	return n
}

// TestKilledAnywhere kills the built binary with SIGKILL at every named point
// and at random instants, while Slack refuses, fails before and after it
// accepts, and hangs up: no alert is lost, and none comes twice. KIGEN_KILLS
// says how often (200 for a long run), KIGEN_SIM_SEED repeats a run.
func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	const worlds = 4
	seed := seedOf(t)
	var mu sync.Mutex
	met := map[point]int{}
	t.Run("worlds", func(t *testing.T) {
		for n := range uint64(worlds) {
			t.Run(fmt.Sprint(n+1), func(t *testing.T) {
				t.Parallel()
				h := newHell(t, rand.New(rand.NewPCG(seed, n)), "C0000000001", "C0000000002", "C0000000003")
				h.kill((killsWanted(t) + worlds - 1) / worlds)
				h.check()
				mu.Lock()
				defer mu.Unlock()
				for p, times := range h.met {
					met[p] += times
				}
			})
		}
	})
	for _, p := range points() {
		t.Logf("killed %3d times: %s", met[p], p)
		if met[p] == 0 {
			t.Errorf("no kill met %q", p)
		}
	}
}

func seedOf(t *testing.T) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv("KIGEN_SIM_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("KIGEN_SIM_SEED is %q: give the number that a run printed", text)
		}
	}
	t.Logf("KIGEN_SIM_SEED=%d", seed)
	return seed
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
	config.WriteString("language: en\ndestinations:\n")
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
	h.kigen = serve(t, h.dir)
	return h
}

// kill kills kigen so many times, in turn at the points that what is going on
// allows, and starts it again each time.
func (h *hell) kill(times int) {
	h.t.Helper()
	for n := range times {
		want := points()[n%len(points())]
		h.trap.arm(want)
		if want != searching {
			h.stir(want == updating)
		}
		h.met[h.await(want, 4*time.Second)]++
		h.kigen.signal(syscall.SIGKILL)
		h.trap.release()
		h.kigen = serve(h.t, h.dir)
	}
}

// stir makes something happen: an incident whose deadline is about to pass, or
// a notice to one that was alerted.
func (h *hell) stir(notice bool) {
	h.t.Helper()
	if notice {
		for _, m := range h.slack.Messages() {
			title := h.titleIn(&m)
			if title != "" && !h.noticed[title] {
				h.noticed[title] = true
				h.post("/incidents/"+idIn(&m)+"/notices", map[string]any{"channel": "email"})
				return
			}
		}
	}
	h.log(time.Now().Add(time.Duration(200+h.random.IntN(400)) * time.Millisecond))
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

// TestKilledInADigest kills kigen while it tells of seventy deadlines that
// passed at one instant: one summary, one file, and each incident on one page.
func TestKilledInADigest(t *testing.T) {
	t.Parallel()
	const incidents = 70
	h := newHell(t, rand.New(rand.NewPCG(seedOf(t), 99)), "C0000000001")
	due := time.Now().Add(25 * time.Second)
	for range incidents {
		h.log(due)
	}
	if left := time.Until(due); left < time.Second {
		t.Fatalf("logging took %s too long", -left)
	}
	for _, want := range []point{planned, onTheWire, accepted, uploading, claimed, answered, uploading, accepted} {
		h.trap.arm(want)
		t.Logf("killed: %s", h.await(want, 30*time.Second))
		h.kigen.signal(syscall.SIGKILL)
		h.trap.release()
		h.kigen = serve(t, h.dir)
	}
	h.rest()
	summaries, files, listed := 0, 0, map[string]int{}
	for _, m := range h.slack.Messages() {
		switch files += len(m.Files); {
		case m.ThreadTS == "":
			summaries++
		case len(m.Files) == 0:
			for _, id := range listedIDs.FindAllString(m.Shown(), -1) {
				listed[id]++
			}
		}
	}
	if summaries != 1 || files != 1 || len(listed) != incidents {
		t.Errorf("%d summaries, %d files and %d incidents on pages, want 1, 1 and %d", summaries, files, len(listed), incidents)
	}
	for id, n := range listed {
		if n != 1 {
			t.Errorf("%s stands on %d pages", id, n)
		}
	}
	h.kigen.signal(syscall.SIGTERM)
	worked(t, runIn(t, h.dir, nil, "", "db", "verify"))
}

var listedIDs = regexp.MustCompile(`KGN-\d+`)

// check lets kigen come to rest, and holds what the channels show against
// what was logged.
func (h *hell) check() {
	h.t.Helper()
	h.rest()
	seen := map[string]int{}
	keys := map[string]int{}
	for _, m := range h.slack.Messages() {
		title := h.titleIn(&m)
		seen[m.Channel+" "+title]++
		keys[m.Key(notify.SlackKey)]++
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
	h.kigen.signal(syscall.SIGTERM)
	worked(h.t, runIn(h.t, h.dir, nil, "", "db", "verify"))
}

// trap stands in front of Slack. Armed with a point, it holds the first
// request that comes there until the client is dead.
type trap struct {
	slack *fakeslack.Slack
	hit   chan struct{}

	mu     sync.Mutex
	random *rand.Rand
	armed  point
	held   chan struct{} // closed when the trapped client is dead
	quiet  bool          // no more faults
}

func (t *trap) arm(p point) {
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-t.hit: // from before
	default:
	}
	t.armed, t.held = p, make(chan struct{})
}

// release lets go of whatever is held, because its client is dead.
func (t *trap) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.armed = noPoint
	if t.held != nil {
		close(t.held)
		t.held = nil
	}
}

func (t *trap) calm() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.quiet = true
}

// at reports whether the trap shut here. It then returns when the client is
// dead.
func (t *trap) at(p point) bool {
	t.mu.Lock()
	shut, held := t.armed == p, t.held
	if shut {
		t.armed = noPoint
		t.hit <- struct{}{}
	}
	t.mu.Unlock()
	if shut {
		<-held
	}
	return shut
}

// trapped traps a connection before anything is read from it.
type trapped struct {
	net.Listener
	trap *trap
}

func (l trapped) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil && l.trap.at(claimed) {
		return conn, conn.Close() // its client is dead
	}
	return conn, err
}

func (t *trap) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if t.at(onTheWire) {
		return
	}
	if fault := t.fault(); fault != nil {
		t.slack.Fail(*fault)
	}
	recorder := httptest.NewRecorder()
	if !t.serve(recorder, r) {
		panic(http.ErrAbortHandler)
	}
	after := accepted
	switch {
	case strings.HasSuffix(r.URL.Path, "chat.update"):
		after = updating
	case strings.HasSuffix(r.URL.Path, "conversations.history"), strings.HasSuffix(r.URL.Path, "conversations.replies"):
		after = searching
	case strings.Contains(r.URL.Path, "pload"): // files.getUploadURLExternal, the upload, files.completeUploadExternal
		after = uploading
	}
	if t.at(after) {
		return
	}
	for key, values := range recorder.Header() {
		w.Header()[key] = values
	}
	w.WriteHeader(recorder.Code)
	_, _ = w.Write(recorder.Body.Bytes())
	_ = http.NewResponseController(w).Flush()
	t.at(answered)
}

// serve reports whether Slack answered, and did not hang up.
func (t *trap) serve(w http.ResponseWriter, r *http.Request) (answered bool) {
	defer func() {
		if recover() == nil {
			answered = true
		}
	}()
	t.slack.ServeHTTP(w, r)
	return true
}

// fault is what goes wrong with one request in four.
func (t *trap) fault() *fakeslack.Fault {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.quiet {
		return nil
	}
	faults := []fakeslack.Fault{
		fakeslack.TooMany("1"), fakeslack.Status(http.StatusInternalServerError),
		fakeslack.Status(http.StatusBadGateway).Accepted(), fakeslack.HangUp().Accepted(), fakeslack.Body("{}").Accepted(),
	}
	if n := t.random.IntN(4 * len(faults)); n < len(faults) {
		return &faults[n]
	}
	return nil
}
