package web_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"

	"kigen/cmd/kigen/internal/web"
)

// list is a list of incidents as Excel saves it: in CP932, with an empty row and an
// empty column.
func list(t testing.TB) []byte {
	t.Helper()
	text, err := japanese.ShiftJIS.NewEncoder().Bytes([]byte("ベンダー,件名,発生日時,通知受領日時,通知手段,深刻度,管理番号,\r\n" +
		"SOTAS,認証障害①,2026/3/2 10:00,2026/3/2 10:30,電話,高,SOC-1,\r\n" +
		"sotas,通知のない障害,2026年3月2日 10時00分,,,緊急,SOC-2,\r\n,,,,,,,\r\n" +
		"サイバートラスト,証明書の失効,2026/5/7 9:00,,,,SOC-3,\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// importing posts the form of the import page, as a browser without scripts does.
func (s *site) importing(file []byte, fields ...string) (status int, location, page string) {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if file != nil {
		part, err := form.CreateFormFile("file", "障害一覧.csv")
		if err != nil {
			s.t.Fatal(err)
		}
		if _, err := part.Write(file); err != nil {
			s.t.Fatal(err)
		}
	}
	for i := 0; i < len(fields); i += 2 {
		if err := form.WriteField(fields[i], fields[i+1]); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		s.t.Fatal(err)
	}
	res := s.send(http.MethodPost, "/incidents/import", body.String(), "Content-Type: "+form.FormDataContentType(),
		"Origin: http://127.0.0.1:8080", "Sec-Fetch-Site: same-origin")
	return res.StatusCode, res.Header.Get("Location"), text(s.t, res)
}

var carried = regexp.MustCompile(`name="content" value="([^"]+)"`)

// A file is shown with its deadlines and verdicts before anything is logged, and is
// logged by the confirmation; a second time nothing changes.
func TestImportOnTheBoard(t *testing.T) {
	s := newSite(t)
	s.setClock("2026-05-07 12:00")
	holds(t, s.get("/incidents/import"), `enctype="multipart/form-data"`, "Column headers")
	status, _, page := s.importing(list(t))
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, page)
	}
	holds(t, page, "認証障害①", "In time", "Overdue", "No commitment", "Mon 2 Mar 10:30", "New incidents: 3", "(alerted in one summary)", "Log 3 incidents")
	if got := s.get("/"); strings.Contains(got, "KGN-1") {
		t.Fatal("the preview logged something")
	}
	content := carried.FindStringSubmatch(page)[1]
	if raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(content, "&#43;", "+")); err != nil || !bytes.Equal(raw, list(t)) {
		t.Fatalf("the confirmation carries another file: %v", err)
	}
	content = strings.ReplaceAll(content, "&#43;", "+")
	for range 2 { // a double click, too
		status, location, page := s.importing(nil, "name", "障害一覧.csv", "content", content, "confirmed", "yes")
		if status != http.StatusSeeOther || !strings.HasPrefix(location, "/incidents/import?logged=") {
			t.Fatalf("%d %s %s", status, location, page)
		}
		holds(t, s.get(location), "Incidents logged: ")
	}
	holds(t, s.get("/"), "KGN-1", "KGN-2", "KGN-3")
	if strings.Contains(s.get("/"), "KGN-4") {
		t.Error("the double click logged more")
	}
	_, _, page = s.importing(list(t))
	holds(t, page, "logged as KGN-1", "Logged before: 3")
}

// A bad file is refused as a whole, each fault by its row, column, value and remedy.
func TestRefusedImportOnTheBoard(t *testing.T) {
	s := newSite(t)
	s.setClock("2026-05-07 12:00")
	bad := "ベンダー,件名,発生日時,深刻度,管理番号\nsotas,あいまい,5/1/2026 18:00,激甚,A\nnowhere,x,,,B\nsotas,長い番号,,," + strings.Repeat("9", 301) + "\n"
	status, _, page := s.importing([]byte(bad), "history", "yes")
	if status != http.StatusUnprocessableEntity {
		t.Fatalf("%d", status)
	}
	holds(t, page, "line 2: 発生日時 (occurred_at)", "is ambiguous", " checked>")
	_, _, page = s.importing([]byte(strings.ReplaceAll(bad, "5/1/2026", "2026/5/1")))
	holds(t, page, "line 4: 管理番号 (reference)")
	_, _, page = s.importing([]byte("会社,件名,深刻度\nsotas,x,激甚\n"), "map", "会社=vendor")
	holds(t, page, "line 2: 深刻度 (severity)", "激甚", "会社=vendor")
	if status, _, page = s.importing(nil); status != http.StatusUnprocessableEntity {
		t.Errorf("no file: %d %s", status, page)
	}
	if status, _, page = s.importing(make([]byte, web.LargestImport+100_000)); status != http.StatusUnprocessableEntity && status != http.StatusRequestEntityTooLarge {
		t.Errorf("a large file: %d %.300s", status, page)
	}
	var many strings.Builder
	many.WriteString("vendor,title\n")
	for i := range 1001 {
		fmt.Fprintf(&many, "sotas,%d\n", i)
	}
	if status, _, page = s.importing([]byte(many.String())); status != http.StatusUnprocessableEntity || !strings.Contains(page, "Incidents in the file: 1001.") {
		t.Errorf("many rows: %d", status)
	}
	wrong := "vendor,title,tags,severity\n" + strings.Repeat(`nowhere,,"a;b",`+strings.Repeat("激", 500)+"\n", 999)
	if status, _, page = s.importing([]byte(wrong)); status != http.StatusUnprocessableEntity || len(page) > 200<<10 || !strings.Contains(page, "more mistakes in 9") {
		t.Errorf("a file of mistakes: %d, %d bytes", status, len(page))
	}
}

// In a browser, in both languages and on a phone.
func TestImportInABrowser(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		s, _, _ := liveSite(t, func(o *web.Options) { o.Lang = lang })
		s.setClock("2026-05-07 12:00")
		b := browser(t, s)
		b.open("/incidents/import")
		b.shoot("import-1-" + lang)
		b.size(390, 844)
		b.click("form.new details summary")
		b.see(".import-heads")
		b.size(1280, 800)
		choose := `(() => { const all = new DataTransfer(); all.items.add(new File([Uint8Array.from(atob("` + base64.StdEncoding.EncodeToString(list(t)) +
			`"), c => c.charCodeAt(0))], "障害一覧.csv")); document.querySelector("#f-file").files = all.files; return ""; })()`
		b.text(choose)
		b.click("form.new .primary")
		b.see(".import-confirm .primary")
		b.shoot("import-2-preview-" + lang)
		b.size(390, 844)
		b.shoot("import-3-phone-" + lang)
		if got := b.text(`String(document.documentElement.scrollWidth <= innerWidth)`); got != "true" {
			t.Error("the preview is wider than a phone")
		}
		b.media("screen", "dark")
		b.shoot("import-4-dark-" + lang)
		b.media("screen", "light")
		b.size(1440, 900)
		b.click(".import-confirm .primary")
		b.see(".done")
		b.text(`(() => { const all = new DataTransfer(); all.items.add(new File(["vendor,title,occurred_at\nsotas,x,5/1/2026 18:00\n"], "bad.csv")); document.querySelector("#f-file").files = all.files; return ""; })()`)
		b.click("form.new .primary")
		b.see(".faults")
		b.shoot("import-5-refused-" + lang)
	}
}
