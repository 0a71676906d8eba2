package web_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// notice records a notice with a file through the API and returns its hash.
func (s *site) notice(id, name, content string) (sum string) {
	s.t.Helper()
	return s.noticeAs("X-Nobody: yes", id, name, content)
}

// noticeAs is notice, as whoever sends the header.
func (s *site) noticeAs(header, id, name, content string) (sum string) {
	s.t.Helper()
	body := fmt.Sprintf(`{"channel":"email","files":[{"name":%q,"content":%q}]}`, name, base64.StdEncoding.EncodeToString([]byte(content)))
	res := s.send(http.MethodPost, "/api/v1/incidents/"+id+"/notices", body, header)
	answer := text(s.t, res)
	if res.StatusCode != http.StatusCreated {
		s.t.Fatalf("%d %s", res.StatusCode, answer)
	}
	hash := sha256.Sum256([]byte(content))
	sum = hex.EncodeToString(hash[:])
	if !strings.Contains(answer, `"sha256":"`+sum+`"`) {
		s.t.Errorf("the answer does not name %s: %s", sum, answer)
	}
	return sum
}

// upload sends the notice's form with a file as a browser does.
func (s *site) upload(path, name string, content []byte) *http.Response {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.WriteField("channel", "email"); err != nil {
		s.t.Fatal(err)
	}
	part, err := form.CreateFormFile("files", name)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		s.t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		s.t.Fatal(err)
	}
	return s.send(http.MethodPost, path, body.String(), "Content-Type: "+form.FormDataContentType())
}

// A file is kept by what it holds, whatever it is called, and only ever saved,
// never shown.
func TestEvidence(t *testing.T) {
	s := newSite(t)
	s.log(`{"vendor":"sotas","title":"One","occurred_at":"2026-05-07 11:00"}`)
	s.log(`{"vendor":"sotas","title":"Two"}`)
	page := "<html><script>alert(1)</script>"
	if res := s.upload("/incidents/KGN-1/notices", `C:\mail\お知らせ"1".html`, []byte(page)); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", res.StatusCode, text(t, res))
	}
	hash := sha256.Sum256([]byte(page))
	sum := hex.EncodeToString(hash[:])
	view := s.get("/incidents/KGN-1")
	holds(t, view, sum, "/incidents/KGN-1/evidence/"+sum, "お知らせ", `enctype="multipart/form-data"`)
	if strings.Contains(view, `C:\mail`) {
		t.Error("the sender's folders are kept")
	}
	for _, path := range []string{"/incidents/KGN-1/evidence/" + sum, "/api/v1/incidents/KGN-1/evidence/" + sum} {
		res := s.send(http.MethodGet, path, "")
		h := res.Header
		if got := text(t, res); got != page || res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %q", path, res.StatusCode, got)
		}
		if !strings.HasPrefix(h.Get("Content-Disposition"), "attachment; filename") || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") ||
			h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, h)
		}
	}
	// A hash opens no other incident's file.
	for _, path := range []string{"/incidents/KGN-2/evidence/" + sum, "/api/v1/incidents/KGN-2/evidence/" + sum, "/incidents/KGN-1/evidence/" + strings.Repeat("0", 64)} {
		if got := s.send(http.MethodGet, path, "").StatusCode; got != http.StatusNotFound {
			t.Errorf("%s: %d", path, got)
		}
	}
	if events := s.get("/api/v1/incidents/KGN-1/events"); !strings.Contains(events, `"sha256":"`+sum+`"`) {
		t.Errorf("the history does not hold the hash: %s", events)
	}
	s.notice("KGN-2", "same.html", page) // kept once, named twice
	if err := s.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestEvidenceThatIsRefused(t *testing.T) {
	s := newSite(t)
	s.log(`{"vendor":"sotas","title":"One"}`)
	if res := s.upload("/incidents/KGN-1/notices", "big", make([]byte, 16<<20)); res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("16 MiB: %d", res.StatusCode)
	} else {
		holds(t, text(t, res), "larger than 10 MiB")
	}
	if res := s.upload("/incidents/KGN-1/notices", "big", make([]byte, 10<<20+1)); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("10 MiB and a byte: %d", res.StatusCode)
	}
	if res := s.upload("/incidents/KGN-1/notices", "empty.txt", nil); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("an empty file: %d", res.StatusCode)
	}
	many := `{"files":[` + strings.TrimSuffix(strings.Repeat(`{"name":"a","content":"YQ=="},`, 11), ",") + `]}`
	if res := s.send(http.MethodPost, "/api/v1/incidents/1/notices", many); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("11 files: %d", res.StatusCode)
	}
	if got := s.get("/api/v1/incidents/1"); !strings.Contains(got, `"notices":[]`) {
		t.Errorf("something was kept: %s", got)
	}
}

// Two people correct one incident: the second is told what the first made of
// it and what he entered himself, and may then overwrite it knowingly.
func TestConflictShowsBothValues(t *testing.T) {
	s := newSite(t)
	s.log(`{"vendor":"sotas","title":"Old title","severity":"low","occurred_at":"2026-05-07 11:00"}`)
	open := func() url.Values {
		page := s.get("/incidents/KGN-1")
		values := url.Values{"title": {"Old title"}, "severity": {"low"}, "occurred_at": {"2026-05-07T11:00"}}
		values.Set("version", regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(page)[1])
		shown := regexp.MustCompile(`name="shown" value="([^"]+)"`).FindStringSubmatch(page)[1]
		values.Set("shown", strings.ReplaceAll(shown, "&#34;", `"`))
		return values
	}
	first, second := open(), open()
	first.Set("title", "First's title")
	first.Set("severity", "high")
	s.form("/incidents/KGN-1/amend", first, http.StatusSeeOther)
	second.Set("title", "Second's title")
	page := s.form("/incidents/KGN-1/amend", second, http.StatusUnprocessableEntity)
	holds(t, page, "changed by someone else to “First&#39;s title”; you entered “Second&#39;s title”",
		"changed by someone else: it is now “high”", `name="title" required maxlength="300" value="Second&#39;s title"`, `<option value="high" selected>`)
	if strings.Contains(page, `href="#f-occurred_at">Occurred</a>`) {
		t.Error("a field is named that nobody changed")
	}
	again := url.Values{"title": {"Second's title"}, "severity": {"high"}, "occurred_at": {"2026-05-07T11:00"}}
	again.Set("version", regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(page)[1])
	shown := regexp.MustCompile(`name="shown" value="([^"]+)"`).FindStringSubmatch(page)[1]
	again.Set("shown", strings.NewReplacer("&#34;", `"`, "&#39;", "'").Replace(shown))
	holds(t, s.form("/incidents/KGN-1/amend", again, http.StatusSeeOther), "Second&#39;s title", "Severity: low → high")
}
