package feed_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/intake/feed"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/inbox"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/storetest"
)

// inboxOf is a service over a database of its own in which a story is kept. It can fail as a
// killed process does: before a transaction commits, or after the commit and before the
// caller hears of it.
type inboxOf struct {
	*store.DB
	service *intake.Service
	killed  string // before, after; empty: it lives
	accepts bool   // a person accepts each candidate at once
	logged  map[string]sla.IncidentID
	notes   map[string]int // by item, how many revisions came after it was accepted
}

var errKilled = errors.New("killed")

// UpdateInboxLeading is the transaction of what is read.
func (k *inboxOf) UpdateInboxLeading(ctx context.Context, f func(tracker.Tx, inbox.Tx) error) error {
	err := k.DB.UpdateInboxLeading(ctx, func(tx tracker.Tx, in inbox.Tx) error {
		if err := f(tx, in); err != nil || k.killed != "before" {
			return err
		}
		return errKilled
	})
	if err == nil && k.killed == "after" {
		return errKilled
	}
	return err
}

func newInbox(p *player) *inboxOf {
	p.Helper()
	db, err := store.Open(p.Context(), storetest.Path(p.T), p.now)
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() {
		if err := db.Close(); err != nil {
			p.Error(err)
		}
	})
	text := fmt.Sprintf(`destinations: {soc: {console: {}}}
alerts: [{to: [soc], repeat: 4h}]
intake: {%s: {feed: "https://status.example.jp/rss.xml", vendor: %s, every: %s}}
vendors:
  - id: %[2]s
    name: {ja: 架空, en: Invented}
    promises:
      - {id: incident-notice, source: {document: Invented, quote: "Within 6 h."}, start: occurred, due: 6h, channels: {any: [email]}}
`, p.src.Name, p.src.Vendor, p.src.Every)
	c, err := config.Parse("kigen.yaml", []byte(text), nil)
	if err != nil {
		p.Fatal(err)
	}
	k := &inboxOf{DB: db, logged: map[string]sla.IncidentID{}, notes: map[string]int{}}
	t := &tracker.Tracker{Store: db, Catalogue: c.Catalogue, Policies: c.Alerts, Now: p.clock}
	k.service = &intake.Service{Store: k, Tracker: t, Config: c.Intake, Register: c.Register, Zone: c.Timezone, Lang: "en", Now: p.clock}
	p.inbox, p.keep = k, &feed.Inbox{Service: k.service, Source: p.src}
	return k
}

// all lists the items of the inbox by the source's id.
func (k *inboxOf) all(p *player) map[string]*inbox.Item {
	p.Helper()
	page, err := k.Items(p.Context(), inbox.Query{Limit: 500})
	if err != nil {
		p.Fatal(err)
	}
	items := map[string]*inbox.Item{}
	for i := range page.Items {
		if items[page.Items[i].SourceID] != nil {
			p.Errorf("%s is there twice", page.Items[i].SourceID)
		}
		items[page.Items[i].SourceID] = &page.Items[i]
	}
	return items
}

// after compares the inbox with what is followed, and lets a person accept what waits.
func (k *inboxOf) after(p *player, n int) {
	p.Helper()
	items := k.all(p)
	for id, i := range p.state().Items {
		it := items[id]
		switch {
		case i.Into != "":
			if it != nil {
				p.Errorf("poll %d: %s is an item of its own", n+1, id)
			}
			continue
		case it == nil:
			p.Errorf("poll %d: %s is not in the inbox", n+1, id)
			continue
		case it.Revision != i.Revised, k.logged[id] == 0 && it.State != i.State, it.Kind != i.Kind:
			p.Errorf("poll %d: %s is %s, revision %d, %s; want %s, %d, %s", n+1, id, it.State, it.Revision, it.Kind, i.State, i.Revised, i.Kind)
		}
		if k.logged[id] != 0 && i.Revised > p.before[id] && p.before[id] > 0 {
			k.notes[id]++
		}
		if k.accepts && it.State == inbox.Candidate {
			k.accept(p, it)
		}
	}
	for _, want := range p.want.Promises {
		if from, is := want.From[fmt.Sprint(n+1)]; is && k.accepts {
			inc := k.incident(p, 1)
			if !inc.Clocks[0].Start.At.Equal(from) {
				p.Errorf("poll %d: the clock runs from %v, want %v", n+1, inc.Clocks[0].Start, from)
			}
		}
	}
	src, _, err := k.Remembered(p.Context(), p.src.Name)
	if err != nil || src.FailingSince.IsZero() != p.poller.Health().OK() || src.FailingSince.IsZero() != (src.Error == "") {
		p.Errorf("poll %d: %+v, %v", n+1, src, err)
	}
}

func (k *inboxOf) accept(p *player, it *inbox.Item) {
	p.Helper()
	var a intake.Acceptance
	if it.Kind == inbox.KindMaintenance && len(it.Times.Windows) == 0 { // it stands in the text
		a.Times = map[sla.Moment]sla.Stamp{sla.Scheduled: {At: p.now.Add(24 * time.Hour), Basis: sla.Stated}}
	}
	got, err := k.service.Accept(p.Context(), tracker.Request{Actor: "user:sato"}, it.ID, a)
	if err != nil {
		p.Fatalf("%s: %v", it.SourceID, err)
	}
	id, err := sla.ParseIncidentID(got.Incident)
	if err != nil || got.State != inbox.Logged {
		p.Fatal(got, err)
	}
	k.logged[it.SourceID] = id
	inc := k.incident(p, id)
	if want := sla.KindMaintenance; (inc.Kind == want) != (it.Kind == inbox.KindMaintenance) {
		p.Errorf("%s of kind %s became an incident of kind %s", it.SourceID, it.Kind, inc.Kind)
	}
	if stamp := inc.Times[sla.Occurred]; stamp.Known() && (stamp.Basis == sla.Assumed) != it.Times.Assumed {
		p.Errorf("%s: %+v from %+v", it.SourceID, stamp, it.Times)
	}
}

func (k *inboxOf) incident(p *player, id sla.IncidentID) (inc *sla.Incident) {
	p.Helper()
	err := k.View(p.Context(), func(r tracker.Reader) (err error) { inc, err = r.Incident(p.Context(), id); return err })
	if err != nil {
		p.Fatal(err)
	}
	return inc
}

// end holds the incidents to what must have become of the story: one of each candidate,
// each revision a note of it, and no clock stopped.
func (k *inboxOf) end(p *player) {
	p.Helper()
	if err := k.Verify(p.Context()); err != nil {
		p.Error(err)
	}
	incidents, err := k.OpenIncidents(p.Context(), time.Time{})
	if err != nil || len(incidents) != len(k.logged) || k.accepts && len(incidents) != p.want.Counts["candidates"] {
		p.Errorf("%d incidents of %d items, want %d: %v", len(incidents), len(k.logged), p.want.Counts["candidates"], err)
	}
	for id, incident := range k.logged {
		inc := k.incident(p, incident)
		if len(inc.Notices) > 0 || inc.Kind == sla.KindMaintenance && len(inc.Clocks) > 0 {
			p.Errorf("%s: %d notices, %d clocks", id, len(inc.Notices), len(inc.Clocks))
		}
		for i := range inc.Clocks {
			if state := inc.Clocks[i].State; !state.Open() {
				p.Errorf("%s: the clock is %s", id, state)
			}
		}
		if len(inc.Notes) != k.notes[id] {
			p.Errorf("%s: %d notes of %d revisions", id, len(inc.Notes), k.notes[id])
		}
	}
}

// stories are those of this repository, and those beside it where they are.
func stories(t *testing.T) (dirs []string) {
	t.Helper()
	for _, pattern := range []string{"testdata/stories/*/story.json", filepath.Join(moduleRoot(t), "..", "shared", "data", "intake", "feeds", "*", "story.json")} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			dirs = append(dirs, filepath.Dir(file))
		}
	}
	return dirs
}

// TestStoriesInTheInbox replays the stories into a database: the inbox holds what is
// followed, a person who accepts each candidate gets one incident of each, every revision
// becomes an event of it, and no page stops a clock.
func TestStoriesInTheInbox(t *testing.T) {
	for _, dir := range stories(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			playInto(t, dir, func(p *player) { newInbox(p).accepts = true })
		})
	}
}

// killing is a keeper that is killed in its first attempt of each step.
type killing struct {
	feed.Keeper
	p    *player
	when string
	died int
}

// Commit is killed. What a restart finds is asked again, as a start of kigen does.
func (k *killing) Commit(ctx context.Context, source string, s feed.Step) error {
	k.p.inbox.killed = k.when
	err := k.Keeper.Commit(ctx, source, s)
	k.p.inbox.killed = ""
	if !errors.Is(err, errKilled) {
		return fmt.Errorf("it was not killed: %w", err)
	}
	k.died++
	if k.when == "after" {
		kept, err := k.Load(ctx, source)
		if err != nil || !kept.Health.Next.Equal(s.Health.Next) {
			return fmt.Errorf("what was kept is not there: %+v, %w", kept.Health, err)
		}
	}
	return k.Keeper.Commit(ctx, source, s)
}

// TestKilledBetweenFetchAndCommit replays the stories while each step is killed before it is
// kept, or after, and comes again: nothing is lost, and nothing is there twice.
func TestKilledBetweenFetchAndCommit(t *testing.T) {
	dirs := stories(t)
	for _, when := range []string{"before", "after"} {
		for _, dir := range dirs {
			if name := filepath.Base(dir); !slices.Contains([]string{"statuspage-hook-unconfirmed", "statuspage-edited-in-place", "atom-en-updates", "rss-ja-stages", "transport-faults"}, name) {
				continue
			}
			t.Run(when+" "+filepath.Base(dir), func(t *testing.T) {
				t.Parallel()
				playInto(t, dir, func(p *player) {
					newInbox(p)
					p.keep = &killing{Keeper: p.keep, p: p, when: when}
				})
			})
		}
	}
}
