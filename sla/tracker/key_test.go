package tracker_test

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
)

// A click that is delivered again changes nothing, also after another person took the
// incident; the next click does.
func TestOnce(t *testing.T) {
	w := newWorld(t)
	id := w.log("staged", "2026-06-10 09:00").ID
	ack := func(key, who string) *sla.Incident {
		t.Helper()
		inc, err := w.Acknowledge(t.Context(), tracker.Request{Actor: who, Key: key}, id, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		return inc
	}
	ack("click-1", "ueda")
	ack("click-2", "mori")
	before := w.dump()
	if inc := ack("click-1", "ueda"); inc.Acknowledged.By != "mori" {
		t.Errorf("an old click gave the incident back to %s", inc.Acknowledged.By)
	}
	if after := w.dump(); after != before {
		t.Errorf("an old click left\n%s\nbefore it was\n%s", after, before)
	}
	if inc := ack("click-3", "ueda"); inc.Acknowledged.By != "ueda" {
		t.Errorf("a new click left the incident to %s", inc.Acknowledged.By)
	}
}

// What was refused was not done: the same act, mended, is.
func TestOnceAfterARefusal(t *testing.T) {
	w := newWorld(t)
	id := w.log("staged", "2026-06-10 09:00").ID
	form := tracker.Request{Actor: "ueda", Key: "form"}
	if _, err := w.Notice(t.Context(), form, id, tracker.NoticeEntry{ReceivedAt: w.at("2026-06-10 08:00")}); err == nil {
		t.Fatal("a notice from before the incident was taken")
	}
	for range 2 {
		inc, err := w.Notice(t.Context(), form, id, tracker.NoticeEntry{ReceivedAt: w.at("2026-06-10 09:30")})
		if err != nil {
			t.Fatal(err)
		}
		if len(inc.Notices) != 1 {
			t.Errorf("%d notices are recorded, want 1", len(inc.Notices))
		}
	}
}

// A key is bound to its use case, its incident and its account: any other request
// under it is refused and changes nothing.
func TestKeysAreBound(t *testing.T) {
	w := newWorld(t)
	keyed := func(actor, key string) tracker.Request { return tracker.Request{Actor: actor, Key: key} }
	entry, other := w.entry("staged", "2026-06-10 09:00"), w.log("six", "2026-06-10 09:00").ID
	inc, err := w.Log(t.Context(), keyed("token:soar (佐藤)", "l"), entry)
	if err != nil {
		t.Fatal(err)
	}
	id := inc.ID
	if _, err := w.Acknowledge(t.Context(), keyed("佐藤 (slack:U1)", "a"), id, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.LogAll(t.Context(), keyed("user:mori", "b"), []tracker.Entry{entry}); err != nil {
		t.Fatal(err)
	}
	before := w.dump()
	log := func(actor, key string) error { _, err := w.Log(t.Context(), keyed(actor, key), entry); return err }
	ack := func(actor string, id sla.IncidentID) error {
		_, err := w.Acknowledge(t.Context(), keyed(actor, "a"), id, time.Time{})
		return err
	}
	for _, c := range []struct {
		name   string
		err    error
		remedy string // empty: answered
	}{
		{"the token for another person", log("token:soar (mori)", "l"), ""},
		{"the token for itself", log("token:soar", "l"), ""},
		{"the account under another name", ack("Sato (slack:U1)", id), ""},
		{"another token logs", log("token:sour", "l"), "another user or token"},
		{"a user with the token's name logs", log("user:soar", "l"), "another user or token"},
		{"another account acknowledges", ack("佐藤 (slack:U2)", id), "another user or token"},
		{"another incident", ack("佐藤 (slack:U1)", other), "a change of KGN-2, not of KGN-1"},
		{"no incident", ack("佐藤 (slack:U1)", 99), "a change of KGN-2, not of KGN-99"},
		{"another use case", func() error { _, err := w.Cancel(t.Context(), keyed("佐藤 (slack:U1)", "a"), id, ""); return err }(), "another operation on KGN-2"},
		{"a change under the key of a log", func() error {
			_, err := w.Amend(t.Context(), keyed("token:soar", "l"), id, tracker.Amendment{})
			return err
		}(), "another operation on KGN-2"},
		{"a log under the key of a change", log("佐藤 (slack:U1)", "a"), "another operation on KGN-2"},
		{"a log under a batch's key", log("user:mori", "b#0"), "another request, which logged KGN-3"},
	} {
		if c.remedy == "" {
			if c.err != nil {
				t.Errorf("%s: %v", c.name, c.err)
			}
			continue
		}
		wantProblem(t, c.err, "Idempotency-Key", "", c.remedy)
		problems, _ := tracker.AsInvalid(c.err)
		if strings.Contains(c.remedy, "user or token") && strings.Contains(problems[0].In("en")+problems[0].In("ja"), "KGN") {
			t.Errorf("%s: another account's incident is named: %v", c.name, c.err)
		}
		if !strings.Contains(problems[0].In("ja"), "新しいキー") {
			t.Errorf("%s: %q", c.name, problems[0].In("ja"))
		}
	}
	if w.dump() != before {
		t.Error("a request under a bound key changed the database")
	}
}

// keyedRequests are requests of every use case that succeed once; each returns the
// incidents that it was answered with.
func keyedRequests(w *world, ids map[string]sla.IncidentID) map[string]func() ([]*sla.Incident, error) {
	ctx := w.t.Context()
	one := func(inc *sla.Incident, err error) ([]*sla.Incident, error) { return []*sla.Incident{inc}, err }
	request := func(key string) tracker.Request { return tracker.Request{Actor: "user:ueda", Key: key} }
	entry, title, until := w.entry("staged", "2026-06-10 09:00"), "amended", w.at("2026-06-10 10:30")
	notice := tracker.NoticeEntry{ReceivedAt: w.at("2026-06-10 09:30"), Channel: "email"}
	return map[string]func() ([]*sla.Incident, error){
		"log":     func() ([]*sla.Incident, error) { return one(w.Log(ctx, request("log"), entry)) },
		"log all": func() ([]*sla.Incident, error) { return w.LogAll(ctx, request("all"), []tracker.Entry{entry, entry}) },
		"amend": func() ([]*sla.Incident, error) {
			return one(w.Amend(ctx, request("amend"), ids["amend"], tracker.Amendment{Title: &title, Version: 1}))
		},
		"notice": func() ([]*sla.Incident, error) { return one(w.Notice(ctx, request("notice"), ids["notice"], notice)) },
		"acknowledge": func() ([]*sla.Incident, error) {
			return one(w.Acknowledge(ctx, request("ack"), ids["acknowledge"], until))
		},
		"cancel": func() ([]*sla.Incident, error) {
			return one(w.Cancel(ctx, request("cancel"), ids["cancel"], "a drill"))
		},
		"withdraw": func() ([]*sla.Incident, error) {
			return one(w.WithdrawNotice(ctx, request("withdraw"), ids["withdraw"], 1, "another incident's"))
		},
		"reopen": func() ([]*sla.Incident, error) {
			return one(w.Reopen(ctx, request("reopen"), ids["reopen"], "it was no drill"))
		},
		"waive": func() ([]*sla.Incident, error) {
			return one(w.Waive(ctx, request("waive"), ids["waive"], "notice", "", "agreed"))
		},
		"unwaive": func() ([]*sla.Incident, error) {
			return one(w.Unwaive(ctx, request("unwaive"), ids["unwaive"], "notice", "final", "agreed in error"))
		},
	}
}

// keyedWorld has an incident for every use case that changes one.
func keyedWorld(t *testing.T) (*world, map[string]func() ([]*sla.Incident, error)) {
	w, ids := newWorld(t), map[string]sla.IncidentID{}
	for _, name := range []string{"amend", "notice", "acknowledge", "cancel", "withdraw", "reopen", "waive", "unwaive"} {
		ids[name] = w.log("staged", "2026-06-10 09:00").ID
	}
	w.hear(ids["withdraw"], "2026-06-10 09:30", "")
	w.cancel(ids["reopen"])
	w.waive(ids["unwaive"], "")
	return w, keyedRequests(w, ids)
}

func idsOf(incidents []*sla.Incident) (ids []sla.IncidentID) {
	for _, inc := range incidents {
		ids = append(ids, inc.ID)
	}
	return ids
}

// unwritable is a store without room for writes.
type unwritable struct{ tracker.Store }

func (unwritable) Update(context.Context, func(tracker.Tx) error) error {
	return tracker.ErrUnavailable
}

// A replay is answered before anything is checked: the vendor has left the
// configuration, every incident was cancelled, the version and the snooze have
// passed, the wall clock can't be trusted, and the store accepts no writes.
func TestReplaysPrecedeChecks(t *testing.T) {
	w, requests := keyedWorld(t)
	first := map[string][]sla.IncidentID{}
	for name, do := range requests {
		answer, err := do()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		first[name] = idsOf(answer)
	}
	for _, id := range slices.Concat(slices.Collect(maps.Values(first))...) {
		if _, err := w.Cancel(t.Context(), by("mori"), id, "a drill"); err != nil && !slices.Contains(first["cancel"], id) {
			t.Fatal(err)
		}
	}
	before := w.dump()
	for _, s := range []struct {
		name  string
		enter func()
	}{
		{"no vendor", func() { w.Catalogue = nil }},
		{"later", func() { w.now = w.at("2026-06-12 10:00") }},
		{"wrong clock", func() { w.now, w.Vouched = w.at("2026-01-01 10:00"), func(time.Time) bool { return false } }},
		{"no writes", func() { w.Store = unwritable{w.db} }},
	} {
		s.enter()
		for name, do := range requests {
			answer, err := do()
			if err != nil || !slices.Equal(idsOf(answer), first[name]) {
				t.Errorf("%s, %s: answered with %v, %v, want %v", s.name, name, idsOf(answer), err, first[name])
			}
		}
	}
	if w.dump() != before {
		t.Error("a replay changed the database")
	}
	previews, err := w.PreviewAll(t.Context(), tracker.Request{Actor: "user:ueda", Key: "all"},
		slices.Repeat([]tracker.Entry{w.entry("staged", "2026-06-10 09:00")}, 2))
	if err != nil || !slices.Equal(idsOf(previews), first["log all"]) {
		t.Errorf("a preview of logged incidents: %v, %v", idsOf(previews), err)
	}
}

// racing runs another request between the first look for a key and the transaction.
type racing struct {
	tracker.Store
	between func()
}

func (r *racing) View(ctx context.Context, f func(tracker.Reader) error) error {
	err := r.Store.View(ctx, f)
	between := r.between
	r.between = func() {}
	between()
	return err
}

// Two requests under one key at the same time make one change, and both are answered
// with it.
func TestReplayAtTheSameTime(t *testing.T) {
	for name := range keyedRequests(newWorld(t), nil) {
		w, requests := keyedWorld(t)
		var first []*sla.Incident
		var before string
		w.Store = &racing{w.Store, func() {
			var err error
			if first, err = requests[name](); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			before = w.dump()
		}}
		second, err := requests[name]()
		if err != nil || !slices.Equal(idsOf(second), idsOf(first)) {
			t.Errorf("%s: answered with %v, %v, want %v", name, idsOf(second), err, idsOf(first))
		}
		if w.dump() != before {
			t.Errorf("%s: made twice", name)
		}
	}
}

// A request that changed nothing is not made by its replay after another change.
func TestReplayOfNoChange(t *testing.T) {
	w := newWorld(t)
	id := w.log("staged", "2026-06-10 09:00").ID
	amend := func(by tracker.Request, title string) *sla.Incident {
		t.Helper()
		inc, err := w.Amend(t.Context(), by, id, tracker.Amendment{Title: &title})
		if err != nil {
			t.Fatal(err)
		}
		return inc
	}
	old := w.read(id).Title
	keyed := tracker.Request{Actor: "ueda", Key: "k"}
	amend(keyed, old)
	amend(by("mori"), "another")
	if inc := amend(keyed, old); inc.Title != "another" || w.read(id).Title != "another" {
		t.Errorf("the replay changed the title to %q", inc.Title)
	}
}

// A failure to read the key refuses the request.
func TestUnreadableKey(t *testing.T) {
	w, requests := keyedWorld(t)
	w.Store = unviewable{w.db}
	for name, do := range requests {
		if _, err := do(); !errors.Is(err, tracker.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// unviewable is a store that can't be read.
type unviewable struct{ *store.DB }

func (unviewable) View(context.Context, func(tracker.Reader) error) error {
	return tracker.ErrUnavailable
}

// The hashes of earlier versions are in databases: a later version computes the same
// ones, or every replay of an old request is refused.
func TestHashesStayAsTheyAre(t *testing.T) {
	full := tracker.Entry{Vendor: "six", Title: "t", Description: "d", Reference: "r", Tags: []string{"a"}}
	full.Service, full.Impact, full.Severity = "s", sla.ImpactSerious, sla.SeverityHigh
	full.Times[sla.Occurred] = sla.Stamp{At: time.Date(2026, 6, 10, 9, 0, 0, 0, time.FixedZone("", 9*3600)), Basis: sla.Stated}
	full.Times[sla.Aware] = sla.Stamp{At: time.Date(2026, 6, 10, 1, 0, 0, 0, time.UTC), Basis: sla.Observed}
	bare := tracker.Entry{Vendor: "six", Title: "t"}
	for want, got := range map[string]string{
		"533ca6180a0d1bc765ec1bb6b77c29c175eb0ee3e69be00e94e75a3ec367e6b2": tracker.HashOf(full),
		"ac2ba529e979f3b09a5c87547d007fcb6823a55ff08ecf13995e0dfa90a8d784": tracker.HashOf(bare),
		"b7a0d50a240e0e95d76537a5918b4b924cd840fcec3b6a9c0c05d964394388f1": tracker.HashOfAll([]tracker.Entry{full, bare}),
	} {
		if got != want {
			t.Errorf("hash %s, want %s", got, want)
		}
	}
}

// Two entries that differ in any field have different hashes.
func TestHashCoversEveryField(t *testing.T) {
	hashes := map[string]string{tracker.HashOf(tracker.Entry{}): "nothing"}
	add := func(name string, e tracker.Entry) {
		h := tracker.HashOf(e)
		if other, ok := hashes[h]; ok {
			t.Errorf("an entry with %s has the hash of one with %s", name, other)
		}
		hashes[h] = name
	}
	for m := range (tracker.Entry{}).Times {
		var e tracker.Entry
		e.Times[m] = sla.Stamp{At: time.Date(2026, 6, 10, 9, 0, 0, 0, time.UTC), Basis: sla.Stated}
		add(sla.Moment(m).String(), e)
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[tracker.Entry]()) {
		var e tracker.Entry
		switch field := reflect.ValueOf(&e).Elem().FieldByIndex(f.Index); field.Kind() {
		case reflect.String:
			field.SetString("x")
		case reflect.Slice:
			field.Set(reflect.MakeSlice(field.Type(), 1, 1))
		case reflect.Struct, reflect.Array: // Facts, whose fields are visible too; Times
			continue
		default:
			t.Errorf("%s: no value for a field of kind %s", f.Name, field.Kind())
		}
		add(f.Name, e)
	}
}
