package web_test

import (
	"archive/zip"
	"bytes"
	"database/sql"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kigen/sla/phrase"
)

// unpack writes a bundle into a folder, as whoever got it would.
func unpack(t *testing.T, packed string) (dir string, names []string) {
	t.Helper()
	archive, err := zip.NewReader(strings.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	for _, f := range archive.File {
		if !filepath.IsLocal(f.Name) {
			t.Fatalf("%s leads out of the folder", f.Name)
		}
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		part, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, f.Name)
	}
	return dir, names
}

// shell runs what the bundle's README tells people to run.
func shell(t *testing.T, dir, command string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// The bundle is checked by the commands that it brings along, without kigen;
// any change of any file is found.
func TestBundleIsCheckedWithoutKigen(t *testing.T) {
	s := newSite(t)
	s.seed()
	sum := s.notice("KGN-5", "../../お知らせ.eml", "We are sorry.")
	for _, lang := range []string{"ja", "en"} {
		path := "/api/v1/incidents/KGN-5/bundle?lang=" + lang
		res := s.send(http.MethodGet, path, "")
		if got := res.Header.Get("Content-Disposition"); got != "attachment; filename=KGN-5.zip" || res.Header.Get("Content-Type") != "application/zip" {
			t.Errorf("%v", res.Header)
		}
		packed := text(t, res)
		if packed != s.get(path) {
			t.Error("the same state gives another file")
		}
		dir, names := unpack(t, packed)
		if !strings.Contains(strings.Join(names, " "), "evidence/"+sum[:16]+"-お知らせ.eml") {
			t.Errorf("no evidence in %v", names)
		}
		readme, err := os.ReadFile(filepath.Join(dir, "README.txt"))
		if err != nil {
			t.Fatal(err)
		}
		_, chain, _ := strings.Cut(string(readme), "  prev=;")
		chain, _, _ = strings.Cut("prev=;"+chain, "\n\n")
		commands := []string{"sha256sum -c SHA256SUMS", "sha256sum -c EVENTS.sha256", chain}
		for _, command := range commands {
			if out, err := shell(t, dir, command); err != nil || strings.Contains(out, "broken") || strings.Contains(out, "切れ") {
				t.Fatalf("%s: %v\n%s", command, err, out)
			}
		}
		out, err := shell(t, dir, "sh verify.sh")
		if err != nil || !strings.HasSuffix(out, "intact\n") || strings.Contains(out, "not intact") || !strings.Contains(out, "incident-notice/ late") {
			t.Fatalf("verify.sh: %v\n%s", err, out)
		}
		last, _ := shell(t, dir, chain)
		last = strings.TrimSpace(last[strings.LastIndex(last, ":")+1:])
		if events := s.get("/api/v1/incidents/KGN-5/events"); !strings.HasSuffix(strings.TrimSpace(events), `"hash":"`+last+`"}]}`) {
			t.Errorf("the chain ends with %q:\n%s", last, events)
		}
		// Someone edits an event and seals the lists anew: the chain breaks.
		event := filepath.Join(dir, "events", "0002.txt")
		content, err := os.ReadFile(event)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(event, bytes.Replace(content, []byte("deadline"), []byte("deadlime"), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := shell(t, dir, commands[0]); err == nil {
			t.Error("SHA256SUMS does not find the change")
		}
		if _, err := shell(t, dir, commands[1]); err == nil {
			t.Error("EVENTS.sha256 does not find the change")
		}
		if out, _ := shell(t, dir, chain); !strings.Contains(out, "0003.txt") {
			t.Errorf("the chain does not break: %s", out)
		}
		page, err := os.ReadFile(filepath.Join(dir, "incident.html"))
		if err != nil {
			t.Fatal(err)
		}
		holds(t, string(page), "認証基盤の障害", "(192.0.2.1)", `href="evidence/`+sum[:16], "</html>")
		if strings.Contains(string(page), "<script") || strings.Contains(string(page), "⟦") || strings.Contains(string(page), "<form") {
			t.Error("the page is no plain record")
		}
	}
}

// The bundle of an incident with corrections shows them, and its verdict follows from
// its history.
func TestBundleShowsCorrections(t *testing.T) {
	s := newSite(t)
	s.setClock("2026-05-07 08:00")
	s.log(`{"vendor":"sotas","title":"x","occurred_at":"2026-05-01 18:00"}`)
	s.notice("KGN-1", "a.eml", "Another matter.")
	s.setClock("2026-05-07 10:00")
	s.send(http.MethodPost, "/api/v1/incidents/KGN-1/notices/1/withdraw", `{"reason":"another incident's"}`)
	for _, step := range []struct{ path, verdict string }{
		{"", "overdue"},
		{"clocks/incident-notice/waive", "waived"},
		{"cancel", "cancelled"},
		{"reopen", "waived"},
		{"clocks/incident-notice/unwaive", "overdue"},
	} {
		if step.path != "" {
			s.send(http.MethodPost, "/api/v1/incidents/KGN-1/"+step.path, `{"reason":"agreed"}`)
		}
		dir, _ := unpack(t, s.get("/api/v1/incidents/KGN-1/bundle?lang=en"))
		out, err := shell(t, dir, "sh verify.sh")
		if err != nil || !strings.HasSuffix(out, "\nintact\n") || !strings.Contains(out, "incident-notice/ "+step.verdict+"\n") {
			t.Fatalf("%s: verify.sh: %v\n%s", step.path, err, out)
		}
		page, err := os.ReadFile(filepath.Join(dir, "incident.html"))
		if err != nil {
			t.Fatal(err)
		}
		holds(t, string(page), "Reason: another incident&#39;s")
	}
}

// TestABundleWithAnotherVerdictIsBroken: the lists of hashes are written anew, but the
// verdict does not follow from the history.
func TestABundleWithAnotherVerdictIsBroken(t *testing.T) {
	s := newSite(t)
	s.seed()
	s.notice("KGN-5", "a.eml", "We are sorry.")
	packed := s.get("/api/v1/incidents/KGN-5/bundle?lang=en")
	const again = `find . -type f ! -name SHA256SUMS | sed 's|^\./||' | xargs sha256sum > SHA256SUMS; `
	for name, attack := range map[string]string{
		"the state in incident.json": `sed -i 's/^      "state": "late"/      "state": "met"/' incident.json; ` + again,
		"the last event left out":    `last=$(ls events | tail -1); rm "events/$last"; sed -i '$d' EVENTS.sha256; ` + again,
		"the state in the history":   `for b in bodies/*.json; do sed -i 's/"state":"late"/"state":"met"/' $b; done; ` + again,
		"another body":               `echo '{}' > bodies/0001.json; ` + again,
	} {
		dir, _ := unpack(t, packed)
		if out, err := shell(t, dir, attack); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		if out, err := shell(t, dir, "sh verify.sh"); err == nil || !strings.Contains(out, "not intact") {
			t.Errorf("%s passes:\n%s", name, out)
		}
	}
	// kigen itself packs no verdict that its history does not tell.
	change(t, s.store.Path(), `UPDATE clocks SET state = 'met', breached_at = breached_at WHERE incident_id = 5`)
	res := s.send(http.MethodGet, "/api/v1/incidents/KGN-5/bundle", "")
	if body := text(t, res); res.StatusCode != http.StatusInternalServerError || !strings.Contains(body, "history") || !strings.Contains(body, "kigen db verify") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

// change writes past kigen.
func change(t *testing.T, path, stmt string) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), stmt); err != nil {
		t.Fatal(err)
	}
}

// TestNamesOfEvidence: any name that a mail may bring gives a file that every system can
// unpack, a link that leads to it, and sums that verify.
func TestNamesOfEvidence(t *testing.T) {
	s := newSite(t)
	s.seed()
	originals := []string{
		"a#b?.eml", strings.Repeat("あ", 79) + ".eml", "same.eml", "other name.eml", `what? <x>|"y":*.`, "percent%2F.txt", "con.", "...", "back\\slash.eml", "😀.eml", "e\u202egnp.exe",
	}
	for i, name := range originals {
		content := "We are sorry."
		if i > 3 {
			content += name
		}
		s.notice("KGN-5", name, content)
	}
	dir, names := unpack(t, s.get("/api/v1/incidents/KGN-5/bundle?lang=en"))
	for _, name := range names {
		base := filepath.Base(name)
		if len(base) > 120 || strings.ContainsAny(base, `<>:"|?*#%\`) || strings.HasSuffix(base, ".") || strings.HasSuffix(base, " ") {
			t.Errorf("the name %q is not safe", name)
		}
	}
	if out, err := shell(t, dir, "sha256sum -c SHA256SUMS && sh verify.sh"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	list, err := os.ReadFile(filepath.Join(dir, "EVIDENCE.txt"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "incident.html"))
	if err != nil {
		t.Fatal(err)
	}
	links := regexp.MustCompile(`href="(evidence/[^"]+)"`).FindAllStringSubmatch(string(page), -1)
	if len(links) != len(originals) {
		t.Errorf("%d links for %d files", len(links), len(originals))
	}
	for _, link := range links {
		target, err := url.Parse(html.UnescapeString(link[1]))
		if err != nil || target.Fragment != "" || target.RawQuery != "" {
			t.Fatalf("link %q: %v", link[1], err)
		}
		if _, err := os.Stat(filepath.Join(dir, target.Path)); err != nil {
			t.Errorf("link %q: %v", link[1], err)
		}
	}
	var incident struct {
		Notices []struct{ Files []struct{ Name string } }
	}
	if err := json.Unmarshal([]byte(s.get("/api/v1/incidents/KGN-5")), &incident); err != nil || len(incident.Notices) != len(originals) {
		t.Fatalf("%d notices, %v", len(incident.Notices), err)
	}
	for _, n := range incident.Notices {
		name := n.Files[0].Name
		if !strings.Contains(string(list), "\t"+phrase.Line(name)+"\n") {
			t.Errorf("the list lacks %q:\n%s", name, list)
		}
	}
	if !strings.Contains(string(list), "same.eml") || strings.Count(strings.Join(names, " "), "-same.eml")+strings.Count(strings.Join(names, " "), "-other_name.eml") != 2 {
		t.Errorf("equal contents under two names are not two files: %v", names)
	}
}
