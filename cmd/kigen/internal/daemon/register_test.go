package daemon

import (
	"errors"
	"strings"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/registry"
	"kigen/sla"
	"kigen/sla/tracker"
)

const acmeText = `id: acme
name: {ja: アクメ株式会社, en: Acme}
services: [Acme Cloud]
owner: 情報システム部
promises:
  - {id: incident-notice, source: {document: White paper, quote: 24時間以内に通知します。}, start: detected, due: 24h}
`

// A vendor that is published works at once: an incident of it gets its deadline, and the
// alert of it goes out. It is there after a restart of the configuration, too.
func TestAPublishedVendorWorksAtOnce(t *testing.T) {
	t.Parallel()
	s := newShifting(t, "destinations: {soc: SLACK}\nalerts: [{to: [soc]}]")
	register := s.present.Load().registry()
	v, checked, err := register.Publish(t.Context(), "user:sato", registry.Publication{Text: acmeText, Reason: "契約"})
	if err != nil || v.Number != 1 || len(checked.Doubts) != 0 {
		t.Fatal(v, checked, err)
	}
	e := tracker.Entry{Vendor: "acme", Title: "acme down;"}
	e.Times[sla.Detected].At = time.Now().Add(-25 * time.Hour)
	inc, err := s.Tracker().Log(t.Context(), tracker.Request{Actor: "test"}, e)
	if err != nil || len(inc.Clocks) != 1 || inc.Clocks[0].Due.Sub(inc.Clocks[0].Start.At) != 24*time.Hour {
		t.Fatalf("%+v, %v", inc, err)
	}
	s.until("the alert", func() bool { return s.posted("acme down;") == 1 })
	s.becomes("destinations: {soc: SLACK}\nalerts: [{to: [soc], repeat: 4h}]")
	if _, known := s.Config().Catalogue.Vendor("acme"); !known || s.Config().Register["acme"].Owner != "情報システム部" {
		t.Error("a reload forgot the register")
	}
	if err := s.takeOver(t.Context()); err != nil {
		t.Error(err)
	}
	s.end()
}

// A vendor that a policy names can't be withdrawn: its alerts would go nowhere.
func TestAVendorThatAPolicyNames(t *testing.T) {
	t.Parallel()
	s := newShifting(t, "destinations: {soc: SLACK}\nalerts: [{to: [soc]}]")
	publish := func() (err error) {
		_, _, err = s.present.Load().registry().Publish(t.Context(), "user:sato", registry.Publication{Text: acmeText, Reason: "契約"})
		return err
	}
	withdraw := func() error {
		_, err := s.present.Load().registry().Withdraw(t.Context(), "user:sato", "acme", "契約終了", 1)
		return err
	}
	if err := publish(); err != nil {
		t.Fatal(err)
	}
	s.becomes("destinations: {soc: SLACK}\nalerts: [{to: [soc], when: {vendor: [acme]}}]")
	if err := withdraw(); err == nil || !strings.Contains(err.Error(), `alerts[0].when.vendor`) {
		t.Errorf("withdrawn: %v", err)
	}
	s.becomes("destinations: {soc: SLACK}\nalerts: [{to: [soc]}]")
	if err := withdraw(); err != nil {
		t.Error(err)
	}
	if _, known := s.Config().Catalogue.Vendor("acme"); known {
		t.Error("withdrawn, and still in force")
	}
	if log := s.end(); !strings.Contains(log, "register in force") {
		t.Errorf("the log is\n%s", log)
	}
}

// A text with a mistake is not published. When two people publish from the same version,
// the error for the second one names the first.
func TestWhatIsNotPublished(t *testing.T) {
	t.Parallel()
	s := newShifting(t, "destinations: {soc: SLACK}\nalerts: [{to: [soc]}]")
	register := s.present.Load().registry
	for text, want := range map[string]string{
		strings.Replace(acmeText, "24h}", "24x}", 1): `text "24x": line 6: promises[0].due: `,
		"id: sotas\npromises: []":                    `line 2: promises: is kept outside of the register`,
		"name: x":                                    `names no vendor`,
		"id: acme\nname: [":                          `is not valid YAML`,
		strings.Replace(acmeText, "id: acme", "id: acme corp", 1): `names no vendor`,
		strings.Repeat("# …\n", 1<<17):                            `is larger than`,
	} {
		_, _, err := register().Publish(t.Context(), "user:sato", registry.Publication{Text: text, Reason: "x"})
		if invalid, ok := tracker.AsInvalid(err); !ok || !strings.Contains(invalid.Error(), want) {
			t.Errorf("%.60q: %v, want %s", text, err, want)
		}
	}
	if _, _, err := register().Publish(t.Context(), "user:sato", registry.Publication{Text: acmeText, Reason: " "}); err == nil || !strings.Contains(err.Error(), "reason") {
		t.Error(err)
	}
	if all, err := s.store.Published(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
	if _, _, err := register().Publish(t.Context(), "user:sato", registry.Publication{Text: acmeText, Reason: "x"}); err != nil {
		t.Fatal(err)
	}
	_, _, err := register().Publish(t.Context(), "user:mori", registry.Publication{Text: acmeText, Reason: "x"})
	if err == nil || !strings.Contains(err.Error(), "published meanwhile as version 1 by user:sato") {
		t.Error(err)
	}
	s.end()
}

// A text that is published from a date stands beside what holds until then.
func TestPublicationFromADate(t *testing.T) {
	t.Parallel()
	s := newShifting(t, "destinations: {soc: SLACK}\nalerts: [{to: [soc]}]")
	register := func() *registry.Registry { return s.present.Load().registry() }
	publish := func(text string, base int) error {
		p := registry.Publication{Text: text, Reason: "第2版", Base: base, From: calendar.NewDate(2030, 4, 1)}
		_, _, err := register().Publish(t.Context(), "user:sato", p)
		return err
	}
	if _, _, err := register().Publish(t.Context(), "user:sato", registry.Publication{Text: acmeText, Reason: "契約"}); err != nil {
		t.Fatal(err)
	}
	next := strings.Replace(acmeText, "due: 24h", "due: 12h", 1)
	var conflict *registry.Conflict
	if err := publish(next, 0); !errors.As(err, &conflict) || conflict.Version.Number != 1 {
		t.Errorf("from no version: %v", err)
	}
	dated, _, err := register().CheckFrom(t.Context(), next, calendar.NewDate(2030, 4, 1))
	if err != nil || !strings.Contains(dated, "due: 12h") {
		t.Errorf("%s, %v", dated, err)
	}
	if err := publish(next, 1); err != nil {
		t.Fatal(err)
	}
	v, _ := s.Config().Catalogue.Vendor("acme")
	if len(v.Promises) != 2 || v.Promises[0].To.String() != "2030-03-31" || v.Promises[1].From.String() != "2030-04-01" {
		t.Errorf("%+v", v.Promises)
	}
	if versions, err := register().Versions(t.Context(), "acme"); err != nil || versions[0].Text != dated {
		t.Errorf("%v, %v", versions, err)
	}
	s.end()
}
