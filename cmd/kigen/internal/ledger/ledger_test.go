package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/japanese"

	"kigen/cmd/kigen/internal/ledger"
	"kigen/cmd/kigen/internal/registry"
	"kigen/cmd/kigen/internal/sheetfile"
	"kigen/config"
	"kigen/store"
	"kigen/store/storetest"
)

const acmeText = `# 台帳
id: acme
name: {ja: アクメ株式会社, en: Acme}
services: [Acme Cloud, =HYPERLINK("x")]
owner: 情報システム部
contacts:
  - {name: 山田太郎, role: 窓口, mail: soc@acme.example, phone: +81-3-0000-0000, hours: 平日9-18時}
  - {mail: "night@acme.example"}
contract: {from: 2026-04-01, to: 2027-03-31}
promises:
  - {id: notice, source: {document: White paper, quote: 24時間以内に通知します。}, start: detected, due: 24h}
`

// held is a register over a real database, with one published vendor.
func held(t *testing.T) *registry.Registry {
	t.Helper()
	c, err := config.Parse("kigen.yaml", []byte("vendors: [{id: filed, promises: [{id: n, start: detected, due: 24h}], owner: 総務部}]"), nil)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 5, 7, 3, 0, 0, 0, time.UTC)
	db, err := store.Open(t.Context(), storetest.Path(t), now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	r := &registry.Registry{Store: db, Papers: db, Config: c, Now: func() time.Time { return now }}
	r.TakeOver = func(ctx context.Context) error {
		published, err := db.Published(ctx)
		if err == nil {
			r.Config, err = c.With(published)
		}
		return err
	}
	if _, _, err := r.Publish(t.Context(), "test", registry.Publication{Text: acmeText, Reason: "契約"}); err != nil {
		t.Fatal(err)
	}
	return r
}

func export(t *testing.T, r *registry.Registry, lang string) string {
	t.Helper()
	rows, err := ledger.Rows(t.Context(), r, nil, lang)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := ledger.Write(&b, lang, rows); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func plan(t *testing.T, r *registry.Registry, name, data string) []ledger.Change {
	t.Helper()
	changes, err := ledger.Plan(t.Context(), r, name, []byte(data))
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	return changes
}

// What is exported and read back changes nothing, in either form and language, however a
// spreadsheet saves it.
func TestRoundTrip(t *testing.T) {
	r := held(t)
	files := map[string]string{}
	for _, lang := range []string{"ja", "en"} {
		text := export(t, r, lang)
		files[lang+".csv"] = text
		if !strings.HasPrefix(text, "\ufeff") || !strings.Contains(text, `'=HYPERLINK`) || !strings.Contains(text, "| '+81") {
			t.Errorf("%s: %s", lang, text)
		}
	}
	sjis, err := japanese.ShiftJIS.NewEncoder().String(strings.TrimPrefix(files["ja.csv"], "\ufeff"))
	if err != nil {
		t.Fatal(err)
	}
	files["sjis.csv"] = sjis
	whole, err := ledger.YAML(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	files["all.yaml"] = string(whole)
	for name, text := range files {
		if changes := plan(t, r, name, text); len(changes) != 0 {
			t.Errorf("%s: %+v", name, changes)
		}
	}
	if _, err := config.Parse("kigen.yaml", whole, nil); err != nil {
		t.Errorf("the export is no configuration: %v", err)
	}
}

// A table changes the particulars of vendors, and begins new ones; promises and comments
// stay as they are.
func TestTableOfChanges(t *testing.T) {
	r := held(t)
	table := "ベンダーID;名称(日本語);自社の担当;契約開始日;契約終了日;連絡先;約束の数\r\n" +
		"acme;アクメ株式会社;'=調達部;2026/4/1;;\"山田太郎 | 窓口 | soc@acme.example\r\n夜間窓口 | | night@acme.example\";9\r\n" +
		"sotas;;調達部;2026/10/01;2027/9/30;;\r\nnew;新会社;;;;;\r\n"
	sotas, _ := r.Config.Catalogue.Vendor("sotas")
	table = strings.Replace(table, "sotas;;", "sotas;"+sotas.Name.Ja+";", 1)
	changes := plan(t, r, "台帳.csv", table)
	if len(changes) != 3 || !slices.Equal(changes[0].Fields, []string{"owner", "contacts", "contract_to"}) || !changes[2].New {
		t.Fatalf("%+v", changes)
	}
	if _, err := ledger.Apply(t.Context(), r, "user:sato", "棚卸し", 0, changes); err != nil {
		t.Fatal(err)
	}
	e := r.Config.Register["acme"]
	v, _ := r.Config.Catalogue.Vendor("acme")
	if e.Owner != "=調達部" || len(e.Contacts) != 2 || e.Contacts[1].Mail != "night@acme.example" || e.Contract.To != 0 || e.Contract.From == 0 || len(v.Promises) != 1 || len(v.Services) != 2 {
		t.Errorf("%+v %+v", e, v)
	}
	if e := r.Config.Register["sotas"]; e.Owner != "調達部" || e.Contract.To.String() != "2027-09-30" || e.Kept != "catalogue" {
		t.Errorf("%+v", e)
	}
	if v, known := r.Config.Catalogue.Vendor("new"); !known || v.Name.Ja != "新会社" || len(v.Promises) != 0 {
		t.Errorf("%+v", v)
	}
	versions, err := r.Versions(t.Context(), "acme")
	if err != nil || len(versions) != 2 || !strings.HasPrefix(versions[0].Text, "# 台帳\n") || versions[0].By != "user:sato" {
		t.Errorf("%+v, %v", versions, err)
	}
	if changes := plan(t, r, "again.csv", export(t, r, "ja")); len(changes) != 0 {
		t.Errorf("%+v", changes)
	}
}

// A workbook is read as a table, with its dates.
func TestWorkbook(t *testing.T) {
	r := held(t)
	book := excelize.NewFile()
	for cell, value := range map[string]any{"A1": "vendor", "B1": "contract to", "A2": "acme", "B2": time.Date(2028, 3, 31, 0, 0, 0, 0, time.UTC)} {
		if err := book.SetCellValue("Sheet1", cell, value); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	changes := plan(t, r, "register.xlsx", b.String())
	if len(changes) != 1 || !strings.Contains(changes[0].Text, "2028-03-31") {
		t.Errorf("%+v", changes)
	}
}

// Every fault is named with its line, column and value, and nothing is planned.
func TestFaultsOfAFile(t *testing.T) {
	r := held(t)
	for name, c := range map[string]struct{ text, want string }{
		"a.csv":  {"vendor,colour\nacme,red\n", "a.csv, line 1: colour: is no column of the register"},
		"b.csv":  {"owner\nx\n", "has no column vendor"},
		"c.csv":  {"vendor,owner\nAcme Inc,x\n", `c.csv, line 2: vendor "Acme Inc": is not an id`},
		"d.csv":  {"vendor,owner\nacme,x\nacme,y\n", `d.csv, line 3: vendor "acme": appears twice`},
		"e.csv":  {"vendor,contract to\nacme,2026-02-30\n", `e.csv, line 2: contract to "2026-02-30": use a day that exists`},
		"f.csv":  {"vendor,services\nsotas,Other\n", `f.csv, line 2: services "Other": is kept outside of the register`},
		"g.csv":  {"vendor,contacts\nacme,山田 | 窓口 | no mail\n", `g.csv, line 2: contacts "no mail"`},
		"h.csv":  {"vendor,contract from\nacme,2029-01-01\n", "h.csv, line 2: contract from: ends before it begins"},
		"i.csv":  {"vendor,owner\nacme,\"x\n", "line 2"},
		"j.csv":  {"vendor,contacts\nacme,a|b|c|d|e|f\n", "has more than five parts"},
		"a.yaml": {"vendors:\n  - id: acme\n    promises: [{id: n, start: detectd, due: 1h}]\n", "detectd"},
		"b.yaml": {"listen: x\nvendors: [{id: acme}]", "listen: is no part of the register"},
		"c.yaml": {"vendors:\n  - id: sotas\n    services: [x]\n", "c.yaml, line 3: services: is kept outside of the register"},
		"d.yaml": {"vendors: [", "d.yaml, line"},
		"e.yaml": {"a: b", "names no vendor"},
	} {
		changes, err := ledger.Plan(t.Context(), r, name, []byte(c.text))
		var faults *sheetfile.Faults
		if !errors.As(err, &faults) || len(changes) != 0 || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", name, err, c.want)
		}
	}
}
