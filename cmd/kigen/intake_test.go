package main_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const mailHouse = `
language: en
intake:
  own: {domains: [midori-seimitsu.example], mx: [in1.midori-seimitsu.example], authserv_id: auth.midori-seimitsu.example}
  proved: {webhook: {}, map: {id: id, title: title, vendor: vendor}, auto: on}
vendors:
  - id: borealis
    name: {ja: "Borealis Storage", en: "Borealis Storage"}
    services: [Borealis Vault]
    mail: {domains: [borealis.example], ticket: 'BO-\d+'}
    promises:
      - {id: incident-notice, source: {document: Invented, quote: "Within 24 h."}, start: occurred, due: 24h, channels: {any: [email]}}
`

var dateOfMail = regexp.MustCompile(`\w{3}, \d{2} Mar 2027 \d{2}:\d{2}:\d{2} [+-]\d{4}`)

// vendorMail is a mail of the corpus of package mail, as if it had come just now.
func vendorMail(t *testing.T, replace ...string) string {
	t.Helper()
	text := string(mustRead(t, filepath.Join("internal", "intake", "mail", "testdata", "gold", "093-update-en-minimal.eml")))
	now := time.Now()
	header, body, _ := strings.Cut(dateOfMail.ReplaceAllString(text, now.Format(time.RFC1123Z)), "\r\n\r\n")
	words, err := base64.StdEncoding.DecodeString(body)
	if err != nil {
		t.Fatal(err)
	}
	stated := now.UTC().Format("3:04 pm GMT") // a time ahead says nothing
	said := strings.ReplaceAll(string(words), "11:20 am GMT", stated)
	return strings.NewReplacer(replace...).Replace(header) + "\r\n\r\n" + base64.StdEncoding.EncodeToString([]byte(said)) + "\r\n"
}

func mustRead(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// came is what scripts read of an item.
type came struct {
	ID       int64    `json:"id"`
	State    string   `json:"state"`
	Vendor   string   `json:"vendor"`
	Incident string   `json:"incident"`
	Reasons  []string `json:"reasons"`
	Auto     bool     `json:"auto"`
}

func (p *process) came() (list []came) {
	p.t.Helper()
	if err := json.Unmarshal([]byte(p.ask("intake", "list", "--json")), &list); err != nil {
		p.t.Fatal(err)
	}
	return list
}

// post sends a mail to a source of this daemon.
func (p *process) post(source, mail string) []came {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.url+"/api/v1/intake/"+source, strings.NewReader(mail))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "message/rfc822")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	var taken struct{ Items []came }
	if err != nil || answer.StatusCode >= http.StatusBadRequest || json.Unmarshal(body, &taken) != nil {
		p.t.Fatalf("%s, %v: %s", answer.Status, err, body)
	}
	return taken.Items
}

// TestMailIsHandedIn: a mail of a vendor becomes a candidate that says why, and stops the
// clock once a person accepts it; the same mail again changes nothing. Where its source may
// and everything agrees, it stops the clock by itself.
func TestMailIsHandedIn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mail := vendorMail(t)
	for name, text := range map[string]string{"kigen.yaml": mailHouse, "notice.eml": mail} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kigen := serve(t, dir)
	for _, ticket := range []string{"BO-90213", "BO-90214"} {
		kigen.ask("incident", "log", "--vendor", "borealis", "--title", "Console shows other tenants", "--reference", ticket,
			"--occurred-at", time.Now().Add(-time.Hour).Format(time.RFC3339))
	}

	told := kigen.ask("intake", "add", "notice.eml", "--lang", "en")
	for _, want := range []string{"candidate", "KGN-1", "DMARC", "BO-90213", "records nothing by itself"} {
		if !strings.Contains(told, want) {
			t.Errorf("the item lacks %q:\n%s", want, told)
		}
	}
	if ja := kigen.ask("intake", "show", "1", "--lang", "ja"); !strings.Contains(ja, "候補") || !strings.Contains(ja, "DMARCで認証") || !strings.Contains(ja, "自動では記録しない") {
		t.Errorf("in Japanese it is\n%s", ja)
	}
	if state := kigen.clockOf("KGN-1"); state != "running" {
		t.Errorf("a candidate makes the clock %s", state)
	}
	if r := kigen.try("intake", "accept", "1", "--incident", "KGN-1", "--occurred-at", "now", "--lang", "en"); r.code != 2 || !strings.Contains(r.stderr, "is a field of a new incident") {
		t.Errorf("a field of another thing: exit %d: %s", r.code, r.stderr)
	}
	kigen.ask("intake", "accept", "1", "--incident", "KGN-1", "--received-at", time.Now().Add(-time.Minute).Format(time.RFC3339), "--channel", "phone")
	if shown := kigen.ask("incident", "show", "KGN-1", "--json"); !strings.Contains(shown, `"channel":"phone"`) {
		t.Errorf("the notice that a person corrected is %s", shown)
	}
	if state := kigen.clockOf("KGN-1"); state != "met" {
		t.Errorf("the accepted notice makes the clock %s", state)
	}
	before := kigen.ask("incident", "show", "KGN-1", "--json")
	again := kigen.ask("intake", "add", "notice.eml", "--json")
	if items := kigen.post("mail", mail); len(items) != 1 || items[0].State != "recorded" || !strings.Contains(again, `"state":"recorded"`) {
		t.Errorf("the same mail again is %+v and %s", items, again)
	}
	if after := kigen.ask("incident", "show", "KGN-1", "--json"); after != before || len(kigen.came()) != 1 {
		t.Errorf("the same mail again makes of %s\n%s, with the items %+v", before, after, kigen.came())
	}

	second := vendorMail(t, "BO-90213", "BO-90214", "<m93.", "<m94.")
	items := kigen.post("proved", second)
	if len(items) != 1 || items[0].State != "recorded" || items[0].Incident != "KGN-2" || !items[0].Auto {
		t.Errorf("about a proved mail everything agrees, and it is %+v", items)
	}
	if state := kigen.clockOf("KGN-2"); state != "met" {
		t.Errorf("the recorded notice makes the clock %s", state)
	}
	forged := vendorMail(t, "BO-90213", "BO-90214", "<m93.", "<m95.", "dmarc=pass", "dmarc=fail", "dkim=pass", "dkim=fail", "spf=pass", "spf=fail")
	if items := kigen.post("proved", forged); len(items) != 1 || items[0].State == "recorded" || items[0].Auto {
		t.Errorf("a mail that nobody proved is %+v", items)
	}
}

func (p *process) clockOf(id string) string {
	p.t.Helper()
	return readIncident(p.t, p.ask("incident", "show", id, "--json")).Clocks[0].State
}
