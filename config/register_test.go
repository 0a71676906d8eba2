package config_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"kigen/config"
	"kigen/sla/register"
)

const acmeText = `id: acme
name: {ja: アクメ株式会社, en: Acme}
services: [Acme Cloud]
owner: 情報システム部
contacts:
  - {name: 山田太郎, role: 窓口, mail: soc@acme.example, phone: 03-0000-0000, hours: 平日9-18時}
contract: {from: 2026-04-01, to: 2027-03-31}
calendar: {zone: Asia/Tokyo, hours: {mon-fri: ["09:00-18:00"]}, holidays: jp}
promises:
  - id: incident-notice
    source: {document: White paper, section: "7", quote: 検知から2営業日以内に通知します。}
    start: detected
    due: {business_days: 2, ends: close}
`

func begun(t *testing.T, file string) *config.Config {
	t.Helper()
	c, err := config.Parse("kigen.yaml", []byte(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func with(t *testing.T, c *config.Config, published ...register.Version) *config.Config {
	t.Helper()
	next, err := c.With(published)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// A published vendor is in the catalogue beside those of the file, with what the entry says
// of owner, contacts and contract.
func TestPublishedVendor(t *testing.T) {
	before := begun(t, "timezone: UTC")
	c := with(t, before, register.Version{Vendor: "acme", Number: 3, Text: acmeText})
	v, ok := c.Catalogue.Vendor("acme")
	if !ok || len(v.Promises) != 1 || v.Name.Ja != "アクメ株式会社" {
		t.Fatalf("%+v", v)
	}
	e := c.Register["acme"]
	if e.Kept != register.KeptInRegister || e.Version != 3 || e.Owner != "情報システム部" || len(e.Contacts) != 1 || e.Contacts[0].Mail != "soc@acme.example" || e.Contract.To.String() != "2027-03-31" {
		t.Errorf("%+v", e)
	}
	if kept := c.Register["sotas"].Kept; kept != register.KeptInCatalogue {
		t.Errorf("sotas is kept in %q", kept)
	}
	if d := c.Since(before); len(d.Vendors.Added) != 1 || d.Vendors.Added[0] != "acme" || len(d.Sections) != 0 {
		t.Errorf("%+v", d)
	}
	var printed strings.Builder
	if err := c.Print(&printed); err != nil || strings.Contains(printed.String(), "acme") {
		t.Errorf("the file is printed with the register: %v", err)
	}
}

// An entry about a vendor of the file or the catalogue holds no promises.
func TestEntryOfAVendorKeptElsewhere(t *testing.T) {
	c := begun(t, "vendors: [{id: filed, promises: [{id: n, start: detected, due: 24h}], owner: 総務部}]")
	c = with(
		t, c,
		register.Version{Vendor: "sotas", Number: 1, Text: "id: sotas\nowner: 調達部\ncontract: {from: 2024-04-01}"},
		register.Version{Vendor: "filed", Number: 1, Text: "id: filed\npromises: []"},
	)
	if e := c.Register["sotas"]; e.Owner != "調達部" || e.Kept != register.KeptInCatalogue || e.Version != 1 {
		t.Errorf("%+v", e)
	}
	if v, _ := c.Catalogue.Vendor("sotas"); len(v.Promises) < 2 {
		t.Errorf("%+v", v)
	}
	if e := c.Register["filed"]; e.Owner != "総務部" || e.Kept != register.KeptInFile || e.Version != 0 {
		t.Errorf("%+v", e)
	}
	if p := c.Refused["filed"]; len(p) != 1 || p[0].Field != "promises" || !strings.Contains(p[0].Message, "configuration file") {
		t.Errorf("%v", p)
	}
}

// A faulty entry is left out with its mistakes; the others and the file stay in force.
func TestFaultyEntry(t *testing.T) {
	for text, want := range map[string]string{
		"id: other\npromises: []":          `vendor bad:1: id: "other": is not the vendor's id: write id: bad`,
		"id: bad\npromise: []":             `vendor bad:2: promise: is not a known key`,
		"id: bad\npromises: [{id: n}]":     `vendor bad:2: promises[0].due: is missing`,
		"[1, 2]":                           `vendor bad:1: is a list: write a mapping`,
		"id: [":                            `vendor bad:`,
		"id: bad\ncontacts: [{mail: x}]":   `vendor bad:2: contacts[0].mail: "x": use an address`,
		"id: bad\ncontract: {to: 2026-13}": `vendor bad:2: contract.to`,
		"id: bad\ncontract: {from: 2027-01-01, to: 2026-01-01}": `ends before it begins`,
		"id: bad\ncontacts: [{}]":                               `is empty`,
	} {
		c := with(t, begun(t, ""), register.Version{Vendor: "bad", Number: 1, Text: text}, register.Version{Vendor: "acme", Number: 1, Text: acmeText})
		if _, known := c.Catalogue.Vendor("bad"); known {
			t.Errorf("%s: is in force", text)
		}
		if _, known := c.Catalogue.Vendor("acme"); !known {
			t.Errorf("%s: took another vendor with it", text)
		}
		if got := c.Refused["bad"].Error(); !strings.Contains(got, want) {
			t.Errorf("%s:\n%s\nwant %s", text, got, want)
		}
		if _, in := c.Register["bad"]; in {
			t.Errorf("%s: is in the register", text)
		}
	}
}

// Who may publish may not read the daemon's environment.
func TestEntriesSeeNoEnvironment(t *testing.T) {
	c, err := config.Parse("kigen.yaml", nil, []string{"SECRET=s3cr3t-v4lue"})
	if err != nil {
		t.Fatal(err)
	}
	c = with(t, c, register.Version{Vendor: "acme", Number: 1, Text: strings.Replace(acmeText, "en: Acme}", "en: \"${SECRET}\"}", 1)})
	if v, known := c.Catalogue.Vendor("acme"); !known || v.Name.En != "${SECRET}" {
		t.Errorf("%+v", v)
	}
}

// A promise without a quote or a source is in force, and doubtful.
func TestUnfoundedPromise(t *testing.T) {
	text := strings.Replace(acmeText, "    source: {document: White paper, section: \"7\", quote: 検知から2営業日以内に通知します。}\n", "", 1)
	c := with(t, begun(t, ""), register.Version{Vendor: "acme", Number: 1, Text: text})
	if _, known := c.Catalogue.Vendor("acme"); !known || len(c.Doubts["acme"]) != 1 || len(c.Warnings) != 0 {
		t.Errorf("%v, %v", c.Doubts, c.Warnings)
	}
}

// A policy may name a vendor that only the register holds; once the register is read, one
// that nothing holds is a mistake.
func TestPolicyForAPublishedVendor(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("kigen.yaml", []byte("alerts: [{to: [console], when: {vendor: [acme], service: [Acme Cloud]}}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Begin("kigen.yaml", nil)
	if err != nil || c.Bare() {
		t.Fatal(c, err)
	}
	if _, err := config.Load("kigen.yaml", nil); err == nil || !strings.Contains(err.Error(), `alerts[0].when.vendor[0]: "acme": is unknown`) {
		t.Error(err)
	}
	if _, err := c.With(nil); err == nil {
		t.Error("nothing holds the vendor")
	}
	next := with(t, c, register.Version{Vendor: "acme", Number: 1, At: time.Now(), Text: acmeText})
	if next.Bare() || next.Alerts[0].When.Vendor[0] != "acme" {
		t.Errorf("%+v", next.Alerts)
	}
}
