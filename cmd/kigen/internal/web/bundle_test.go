package web_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
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
