package feed_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/intake/feed"
	"kigen/cmd/kigen/internal/intake/feed/fetch"
	"kigen/cmd/kigen/internal/intake/feed/follow"
	"kigen/cmd/kigen/internal/intake/feed/format"
	"kigen/sla/inbox"
)

// expected is what must follow from a story. Of an absent key nothing is demanded, but
// that new, changed, gone_from_source, ignored and unconfirmed are empty.
type expected struct {
	Counts map[string]int `json:"counts"`
	Items  []expectedItem `json:"items"`
	Polls  []expectedPoll `json:"polls"`

	Promises map[string]expectedPromise `json:"promises"`
	MustNot  []struct {
		ID string `json:"id"`
	} `json:"must_not"`
}

type expectedPoll struct {
	Poll           int                 `json:"poll"`
	Result         string              `json:"result"`
	New            []string            `json:"new"`
	Changed        []string            `json:"changed"`
	Unchanged      []string            `json:"unchanged"`
	Seen           []string            `json:"seen_only"`
	Gone           []string            `json:"gone_from_source"`
	Ignored        []string            `json:"ignored"`
	Unconfirmed    []string            `json:"unconfirmed"`
	Pending        []string            `json:"pending"`
	Attached       []map[string]string `json:"attached"`
	Candidates     *int                `json:"candidates_total"`
	Request        map[string]string   `json:"expect_request"`
	Hits           map[string]int      `json:"hits"`
	SentAtMost     *int                `json:"sent_at_most"`
	RequestsAtMost *int                `json:"requests_at_most"`
	RetryNotBefore time.Time           `json:"retry_not_before"`
	Health         string              `json:"health"`
	Alert          string              `json:"alert"`
}

type expectedTime struct {
	At          time.Time `json:"at"`
	Basis       string    `json:"basis"`
	Implausible bool      `json:"implausible"`
}

type expectedItem struct {
	ID          string                             `json:"source_id"`
	Alt         []string                           `json:"alt_ids"`
	Disposition string                             `json:"disposition"`
	Service     []string                           `json:"service"`
	Title       string                             `json:"title"`
	Kind        string                             `json:"kind"`
	State       string                             `json:"state"`
	Impact      *string                            `json:"impact_stated"`
	Severity    any                                `json:"severity_stated"`
	Status      string                             `json:"status_stated"`
	URL         string                             `json:"url"`
	Gone        time.Time                          `json:"gone_from_source_since"`
	Skew        int                                `json:"skew_s"`
	Times       map[string]expectedTime            `json:"times"`
	ByPoll      map[string]map[string]expectedTime `json:"times_by_poll"`
	Titles      map[string]string                  `json:"title_by_poll"`
	Lead        *int                               `json:"lead_time_s"`
	LeadFirst   *int                               `json:"lead_time_first_s"`
	LeadChange  *int                               `json:"lead_time_of_change_s"`
	Conflicts   []struct {
		Poll  int       `json:"poll"`
		Field string    `json:"field"`
		Given time.Time `json:"given"`
	} `json:"conflicts"`
	Revisions []struct {
		N    int `json:"n"`
		Poll int `json:"poll"`
	} `json:"revisions"`
	Updates []expectedUpdate `json:"updates"`
}

// expectedPromise is how the clock of a promise stands.
type expectedPromise struct {
	State string               `json:"state_at_end"`
	From  map[string]time.Time `json:"clock_from_by_poll"`
}

type expectedUpdate struct {
	ID     string    `json:"id"`
	Status any       `json:"status"`
	At     time.Time `json:"at"`
	Poll   int       `json:"poll"`
	Edited int       `json:"edited_in_poll"`
	Both   bool      `json:"both_texts_kept"`
}

// TestStories replays the stories of this repository, and those beside it where they are.
func TestStories(t *testing.T) {
	own, err := filepath.Glob("testdata/stories/*/story.json")
	if err != nil || len(own) == 0 {
		t.Fatalf("%d stories, %v", len(own), err)
	}
	for _, file := range own {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) { play(t, dir) })
	}
}

// TestSharedStories replays the stories that stand beside the repository.
func TestSharedStories(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(moduleRoot(t), "..", "shared", "data", "intake", "feeds", "*", "story.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no stories stand beside the repository")
	}
	for _, file := range files {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) { play(t, dir) })
	}
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
	}
	t.Fatal("there is no go.mod above")
	return ""
}

// kinds are the keys of the configuration for the kinds of the stories.
var kinds = map[string]string{
	"statuspage": "statuspage", "statuspage.atom": "statuspage", "statuspage.webhook": "statuspage", "statusio": "statusio", "gcp": "gcp",
	"aws.rss": "aws", "aws.currentevents": "aws", "azure.rss": "azure", "m365": "m365", "slack": "slack", "rss": "feed", "atom": "feed", "html": "page",
}

const token = "token-of-the-tests"

// player replays one source of a story.
type player struct {
	*testing.T
	story  story
	want   expected
	server *replay
	source storySource
	src    feed.Source
	now    time.Time
	keep   feed.Keeper
	inbox  *inboxOf // nil: what is kept is kept in memory
	poller *feed.Poller
	last   feed.Poll
	news   []feed.News
	ids    map[string]string                         // of the story, to ours
	times  map[int]map[string]map[string]follow.Time // by poll and item
	before map[string]int                            // revisions
}

func play(t *testing.T, dir string) {
	playInto(t, dir, func(p *player) { p.keep = &memory{} })
}

// playInto replays a story whose items are kept as open says.
func playInto(t *testing.T, dir string, open func(*player)) {
	s := readStory(t, dir)
	var want expected
	readJSON(t, filepath.Join(dir, "expected.json"), &want)
	for name, source := range s.Sources {
		if source.Kind == "maildir" {
			t.Skip("mails are another package's")
		}
		p := &player{T: t, story: s, want: want, server: serve(t, s), source: source, ids: map[string]string{}, times: map[int]map[string]map[string]follow.Time{}}
		p.now = s.Polls[0].At
		p.src = p.sourceOf(name)
		open(p)
		p.open()
		for n := range s.Polls {
			p.step(n)
			if p.inbox != nil {
				p.inbox.after(p, n)
			}
		}
		p.items()
		for _, m := range want.MustNot {
			p.mustNot(m.ID)
		}
		if p.inbox != nil {
			p.inbox.end(p)
		}
	}
}

func (p *player) sourceOf(name string) feed.Source {
	address := p.server.base["SELF"] + p.source.Path
	if p.source.Confirm != "" {
		address = p.server.base["SELF"] + p.source.Confirm
	}
	docs, err := feed.Documents(kinds[p.source.Kind], address)
	if err != nil {
		p.Fatalf("%s: %v", p.source.Kind, err)
	}
	docs[0].Select, docs[0].MustContain = p.source.Select, p.source.MustContain
	every, err := time.ParseDuration(p.source.Every)
	if err != nil {
		p.Fatal(err)
	}
	src := feed.Source{Name: name, Vendor: p.source.Vendor, Service: p.source.Service, Services: p.source.Services, Documents: docs, Every: every}
	for _, anchor := range p.source.Anchor {
		src.Anchor = anchor
	}
	if p.source.Auth == "bearer" {
		src.Token = feed.Token(token)
	}
	return src
}

func (p *player) clock() time.Time { return p.now }

// open makes a poller, as a start of kigen does.
func (p *player) open() {
	self := strings.TrimPrefix(p.server.base["SELF"], "http://")
	client, err := fetch.New(fetch.Options{Now: p.clock, Private: []string{self}, Timeout: 30 * time.Second})
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(client.Close)
	p.poller = feed.New(p.src, feed.Options{Get: client, Keep: p.keep, Now: p.clock, Report: func(poll feed.Poll) { p.last = poll; p.news = append(p.news, poll.News...) }})
}

func (p *player) step(n int) {
	poll := p.story.Polls[n]
	want := p.want.Polls[n]
	p.now = poll.At
	p.server.next(poll.N)
	p.before = map[string]int{}
	for id, i := range p.state().Items {
		p.before[id] = i.Revised
	}
	p.last, p.news = feed.Poll{}, nil
	for _, d := range poll.Deliver {
		if err := p.poller.Hook([]byte(p.server.fill(string(p.server.file(d.File))))); err != nil {
			p.Errorf("poll %d: %s: %v", want.Poll, d.File, err)
		}
	}
	for n := 0; !p.now.Before(p.poller.Due()); n++ { // as often as it is due at this instant: once
		if n > 0 {
			p.Fatalf("poll %d: it asks again at once", want.Poll)
		}
		if _, err := p.poller.Poll(p.Context()); err != nil {
			p.Fatalf("poll %d: %v", want.Poll, err)
		}
		// What a restart would find is all that counts.
		if err := p.poller.Load(p.Context()); err != nil {
			p.Fatal(err)
		}
	}
	p.compare(want)
	p.times[want.Poll] = map[string]map[string]follow.Time{}
	for id, i := range p.state().Items {
		p.times[want.Poll][id] = i.Times()
	}
}

func (p *player) state() follow.State {
	kept, err := p.keep.Load(p.Context(), p.poller.Source().Name)
	if err != nil {
		p.Fatal(err)
	}
	return kept.State
}

// own finds our id of an item of the story: by its id or another one of it, or, where the
// id is made by a rule, by its being the only new one.
func (p *player) own(id string) string {
	if ours, ok := p.ids[id]; ok {
		return ours
	}
	names := []string{id}
	for _, i := range p.want.Items {
		if i.ID == id {
			names = append(names, i.Alt...)
		}
	}
	for _, i := range p.state().Items {
		if slices.ContainsFunc(i.Keys, func(key string) bool { return slices.Contains(names, key) }) {
			p.ids[id] = i.ID
			return i.ID
		}
	}
	return "?" + id
}

func (p *player) compare(want expectedPoll) {
	p.Helper()
	at := fmt.Sprintf("poll %d", want.Poll)
	if wanted, _, _ := strings.Cut(want.Result, ":"); string(p.last.Result) != wanted {
		p.Errorf("%s: result %q (%s, %v), want %q", at, p.last.Result, p.last.Reason, p.last.Err, want.Result)
	}
	if p.last.Partial != nil {
		p.Errorf("%s: in part: %v", at, p.last.Partial)
	}
	o := p.last.Outcome
	for i, id := range want.New { // ids that a rule makes
		if strings.HasPrefix(p.own(id), "?") && len(o.New) == len(want.New) {
			p.ids[id] = o.New[i]
		}
	}
	p.same(at+": new", o.New, want.New)
	p.same(at+": changed", o.Changed, want.Changed)
	p.same(at+": ignored", o.Ignored, want.Ignored)
	p.same(at+": unconfirmed", o.Unconfirmed, want.Unconfirmed)
	p.same(at+": gone", o.Gone, want.Gone)
	if want.Seen != nil {
		p.same(at+": seen", o.Seen, want.Seen)
	}
	for _, id := range want.Unchanged {
		if ours := p.own(id); p.state().Items[ours].Revised != p.before[ours] || p.last.Result != feed.Failed && !slices.Contains(o.Unchanged, ours) {
			p.Errorf("%s: %s is not unchanged", at, id)
		}
	}
	for _, a := range want.Attached {
		if j := (follow.Joined{Item: p.own(a["item"]), To: p.own(a["to"])}); !slices.Contains(o.Attached, j) {
			p.Errorf("%s: %v is not attached, but %v", at, j, o.Attached)
		}
	}
	for _, id := range want.Pending {
		if !slices.ContainsFunc(p.state().Hints, func(h follow.Hint) bool { return h.Entry.ID == id }) {
			p.Errorf("%s: the hook of %s does not wait", at, id)
		}
	}
	if n := p.candidates(); want.Candidates != nil && n != *want.Candidates {
		p.Errorf("%s: %d candidates, want %d", at, n, *want.Candidates)
	}
	p.requests(at, want)
	p.health(at, want)
}

func (p *player) candidates() (n int) {
	for _, i := range p.state().Items {
		if i.State == inbox.Candidate && i.Into == "" {
			n++
		}
	}
	return n
}

func (p *player) same(what string, got, want []string) {
	p.Helper()
	var ours []string
	for _, id := range want {
		ours = append(ours, p.own(id))
	}
	slices.Sort(ours)
	if got = slices.Sorted(slices.Values(got)); !slices.Equal(got, ours) {
		p.Errorf("%s: %q, want %q (%q)", what, got, ours, want)
	}
}

func (p *player) requests(at string, want expectedPoll) {
	made := p.server.made(want.Poll)
	hits := map[string]int{}
	for _, q := range made {
		hits[q.host]++
		if want.SentAtMost != nil && q.sent > *want.SentAtMost {
			p.Errorf("%s: %d bytes were sent, want at most %d", at, q.sent, *want.SentAtMost)
		}
		if auth := q.header.Get("Authorization"); (auth == "Bearer "+token) != (p.source.Auth == "bearer" && q.host == "SELF") {
			p.Errorf("%s: %s%s was asked with the authorization %q", at, q.host, q.path, auth)
		}
	}
	for _, host := range []string{"OTHER", "TRAP"} {
		if hits[host] != want.Hits[host] {
			p.Errorf("%s: %s was asked %d times, want %d", at, host, hits[host], want.Hits[host])
		}
	}
	if n, ok := want.Hits["SELF"]; ok && hits["SELF"] != n {
		p.Errorf("%s: the source was asked %d times, want %d", at, hits["SELF"], n)
	}
	if want.RequestsAtMost != nil && len(made) > *want.RequestsAtMost {
		p.Errorf("%s: %d requests, want at most %d", at, len(made), *want.RequestsAtMost)
	}
	for name, value := range want.Request {
		if len(made) == 0 {
			p.Errorf("%s: there was no request with %s", at, name)
			continue
		}
		prefix, open := strings.CutSuffix(value, "…")
		if got := made[0].header.Get(name); got != value && (!open || !strings.HasPrefix(got, prefix)) {
			p.Errorf("%s: %s: %q, want %q", at, name, got, value)
		}
	}
}

func (p *player) health(at string, want expectedPoll) {
	if !want.RetryNotBefore.IsZero() && p.poller.Due().Before(want.RetryNotBefore) {
		p.Errorf("%s: asked again at %v, want not before %v", at, p.poller.Due(), want.RetryNotBefore)
	}
	h := p.poller.Health()
	switch want.Health {
	case "ok":
		if !h.OK() || !h.LastSuccess.Equal(p.now) {
			p.Errorf("%s: health %+v, want a success", at, h)
		}
	case "failing":
		if h.OK() || h.FailingSince.IsZero() {
			p.Errorf("%s: health %+v, want a failure", at, h)
		}
	}
	if strings.Contains(want.Alert, "silent") && !slices.Contains(p.news, feed.Silent) || strings.Contains(want.Alert, "back") && !slices.Contains(p.news, feed.Back) {
		p.Errorf("%s: news %v, want: %s", at, p.news, want.Alert)
	}
}

// pollAt is the number of the poll at an instant.
func (p *player) pollAt(at time.Time) int {
	for _, poll := range p.story.Polls {
		if poll.At.Equal(at) {
			return poll.N
		}
	}
	return 0
}

func (p *player) items() {
	state := p.state()
	counts := map[string]int{}
	for _, i := range state.Items {
		if i.State == inbox.Candidate && i.Into == "" {
			counts["candidates"]++
			counts[string(i.Kind)]++
		}
	}
	for name, n := range p.want.Counts {
		if counts[name] != n {
			p.Errorf("%d of %s, want %d", counts[name], name, n)
		}
	}
	for _, want := range p.want.Items {
		i, ok := state.Items[p.own(want.ID)]
		if !ok {
			p.Errorf("there is no item %s", want.ID)
			continue
		}
		p.item(i, want)
		p.history(i, want)
	}
}

func (p *player) item(i follow.Item, want expectedItem) {
	differs := func(what string, got, wanted any) {
		if fmt.Sprint(got) != fmt.Sprint(wanted) {
			p.Errorf("%s: %s %v, want %v", want.ID, what, got, wanted)
		}
	}
	differs("disposition", i.State, want.Disposition)
	differs("kind", i.Kind, want.Kind)
	if title := format.Fold(want.Title); title != format.Fold(i.Entry.Subject) && title != format.Fold(i.Entry.Title) {
		p.Errorf("%s: title %q, %q, want %q", want.ID, i.Entry.Title, i.Entry.Subject, want.Title)
	}
	if want.State != "" {
		differs("phase", i.Phase, want.State)
	}
	if want.Impact != nil {
		differs("impact", i.Entry.Impact, *want.Impact)
	}
	if want.Severity != nil {
		differs("severity", i.Entry.Severity, want.Severity)
	}
	if want.Status != "" {
		differs("status", i.Entry.Status, want.Status)
	}
	if want.URL != "" {
		differs("link", i.Entry.Link, strings.ReplaceAll(want.URL, "{source base}", p.server.base["SELF"]))
	}
	if !want.Gone.IsZero() {
		differs("gone", i.Gone.UTC(), want.Gone.UTC())
	}
	if want.Skew != 0 {
		differs("skew", p.last.Skew.Seconds(), want.Skew)
	}
	if want.Disposition == "candidate" {
		item := p.poller.Source().Item(i)
		for _, service := range want.Service {
			if item.Service != service && !slices.Contains(i.Entry.Components, service) {
				p.Errorf("%s: service %q, components %q, want %q", want.ID, item.Service, i.Entry.Components, service)
			}
		}
	}
	present, first, change := i.Lead()
	for _, lead := range []struct {
		got  time.Duration
		want *int
	}{{present, want.Lead}, {first, want.LeadFirst}, {change, want.LeadChange}} {
		if lead.want != nil {
			differs("lead time", lead.got, time.Duration(*lead.want)*time.Second)
		}
	}
}

func (p *player) history(i follow.Item, want expectedItem) {
	for name, time := range want.Times {
		p.time(want.ID+": "+name, i.Times()[name], time)
	}
	for poll, times := range want.ByPoll {
		for name, time := range times {
			var n int
			_, _ = fmt.Sscan(poll, &n)
			p.time(want.ID+": in poll "+poll+", "+name, p.times[n][i.ID][name], time)
		}
	}
	if want.Revisions != nil {
		var got, wanted []string
		for _, r := range i.Revisions {
			got = append(got, fmt.Sprintf("%d in poll %d", r.N, p.pollAt(r.At)))
		}
		for _, r := range want.Revisions {
			wanted = append(wanted, fmt.Sprintf("%d in poll %d", r.N, r.Poll))
		}
		if !slices.Equal(got, wanted) {
			p.Errorf("%s: revisions %v, want %v", want.ID, got, wanted)
		}
	}
	for poll, title := range want.Titles {
		if !slices.ContainsFunc(i.Revisions, func(r follow.Revision) bool { return fmt.Sprint(p.pollAt(r.At)) == poll && r.Title == title }) {
			p.Errorf("%s: no title %q in poll %s: %+v", want.ID, title, poll, i.Revisions)
		}
	}
	for _, c := range want.Conflicts {
		if !slices.ContainsFunc(i.Conflicts, func(o follow.Conflict) bool {
			return o.Field == c.Field && o.Given.Equal(c.Given) && p.pollAt(o.Seen) == c.Poll
		}) {
			p.Errorf("%s: conflicts %+v, want %+v", want.ID, i.Conflicts, c)
		}
	}
	for n, u := range want.Updates {
		p.update(i, want.ID, n, u)
	}
	if want.Updates != nil && len(i.Updates) != len(want.Updates) {
		p.Errorf("%s: %d updates, want %d: %+v", want.ID, len(i.Updates), len(want.Updates), i.Updates)
	}
}

func (p *player) time(what string, got follow.Time, want expectedTime) {
	if !got.At.Equal(want.At) || string(got.Basis) != want.Basis || got.Implausible != want.Implausible {
		p.Errorf("%s: %v, want %+v", what, got, want)
	}
}

func (p *player) update(i follow.Item, id string, n int, want expectedUpdate) {
	k := slices.IndexFunc(i.Updates, func(u follow.Update) bool {
		return want.ID == u.ID || want.ID == "" && want.At.Equal(u.At) || want.ID != "" && p.own(want.ID) == u.ID
	})
	if k < 0 {
		p.Errorf("%s: update %d %+v is missing: %+v", id, n, want, i.Updates)
		return
	}
	u := i.Updates[k]
	if !want.At.IsZero() && !u.At.Equal(want.At) || p.pollAt(u.Seen) != want.Poll || want.Status != nil && u.Status != fmt.Sprint(want.Status) {
		p.Errorf("%s: update %+v, want %+v", id, u, want)
	}
	if want.Edited != 0 && (len(u.Wordings) < 2 || p.pollAt(u.Wordings[len(u.Wordings)-1].Seen) != want.Edited) {
		p.Errorf("%s: the wordings of %s are %+v, want another one in poll %d", id, u.ID, u.Wordings, want.Edited)
	}
}
