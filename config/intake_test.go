package config_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"kigen/config"
	"kigen/sla/register"
)

const intakeYAML = `intake:
  own: {domains: [Example.jp], mx: [mx1.example.jp], authserv_id: MX.example.jp}
  mail: {imap: "imaps://kigen@imap.example.jp/INBOX", password: "IMAP-SECRET", auto: on}
  office: {imap: "imaps://kigen@outlook.example/INBOX", oauth2: {token_url: "https://login.example/t", client_id: c, client_secret: OAUTH-SECRET}, every: 10m}
  kintone: {feed: "https://example.jp/rss.xml?key=FEED-SECRET", vendor: sotas}
  replay: {statuspage: "http://127.0.0.1:8081/", vendor: sotas, every: 2s}
  graph: {m365: "https://graph.example/v1.0", vendor: sotas, oauth2: {token_url: "https://login.example/t", client_id: c, client_secret: GRAPH-SECRET}}
  news: {page: "https://example.jp/status", vendor: sotas, service: SOTAS, services: {"コンソール": SOTAS}, anchor: p1, select: "#main", must_contain: 稼働状況, token: PAGE-SECRET}
  siem: {webhook: {secret: "HOOK-SECRET-0123456789"}, map: {vendor: alert.vendor, title: alert.name, occurred_at: alert.at, id: alert.id}}
  box: {maildir: mail}
  allow_private: [127.0.0.1, "10.0.0.0/8"]
vendors:
  - id: sotas
    mail: {domains: [Sotas.co.jp], ticket: "SOTAS-[0-9]+", desk: [Support@sotas.co.jp]}
`

// Every key of the contract is read, and no secret is printed.
func TestIntake(t *testing.T) {
	c, err := config.Parse("/etc/kigen/kigen.yaml", []byte(intakeYAML), nil)
	if err != nil {
		t.Fatal(err)
	}
	in := c.Intake
	if strings.Join(in.Names(), " ") != "box graph kintone mail news office replay siem" {
		t.Error(in.Names())
	}
	if in.Own.Domains[0] != "example.jp" || in.Own.AuthServID != "mx.example.jp" || in.AllowPrivate[1] != netip.MustParsePrefix("10.0.0.0/8") {
		t.Errorf("%+v", in)
	}
	news := in.Sources["news"]
	if news.Service != "SOTAS" || news.Services["コンソール"] != "SOTAS" || news.Anchor != "p1" || news.Select != "#main" || news.MustContain != "稼働状況" || news.Token.Reveal() != "PAGE-SECRET" {
		t.Errorf("%+v", news)
	}
	mail, office, siem := in.Sources["mail"], in.Sources["office"], in.Sources["siem"]
	if mail.Kind != config.SourceIMAP || !mail.Auto || mail.Password.Reveal() != "IMAP-SECRET" || mail.Every != 5*time.Minute {
		t.Errorf("%+v", mail)
	}
	if office.OAuth2.Scope != "https://outlook.office365.com/.default" || in.Sources["graph"].OAuth2.Scope != "https://graph.microsoft.com/.default" || office.Every != 10*time.Minute {
		t.Errorf("%+v", office)
	}
	if in.Sources["replay"].Every != 2*time.Second || in.Sources["kintone"].Vendor != "sotas" || in.Sources["box"].Place.Reveal() != "/etc/kigen/mail" {
		t.Errorf("%+v", in.Sources)
	}
	if siem.Map["id"] != "alert.id" || siem.Secret.Reveal() != "HOOK-SECRET-0123456789" || siem.Every != 0 {
		t.Errorf("%+v", siem)
	}
	if m := c.Register["sotas"].Mail; m.Domains[0] != "sotas.co.jp" || m.Ticket != "SOTAS-[0-9]+" || m.Desk[0] != "support@sotas.co.jp" {
		t.Errorf("%+v", m)
	}
	var printed strings.Builder
	if err := c.Print(&printed); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(printed.String(), "SECRET") {
		t.Error("a secret is printed:\n" + printed.String())
	}
	for _, shown := range []string{"imaps://kigen", "client_id: c", "alert.vendor", "vendor: sotas", "auto: on", "稼働状況", "#main", "anchor: p1"} {
		if !strings.Contains(printed.String(), shown) {
			t.Errorf("%s is not printed:\n%s", shown, printed.String())
		}
	}
}

// The register can hold by what a vendor's mails are known.
func TestIntakeOfTheRegister(t *testing.T) {
	c := with(t, begun(t, ""), register.Version{Vendor: "sotas", Number: 1, Text: "id: sotas\nmail: {domains: [sotas.co.jp]}"})
	if m := c.Register["sotas"].Mail; len(m.Domains) != 1 || len(c.Refused) > 0 {
		t.Errorf("%+v, %v", m, c.Refused)
	}
	c = with(t, begun(t, ""), register.Version{Vendor: "sotas", Number: 1, Text: "id: sotas\nmail: {domains: [jp]}"})
	if len(c.Refused["sotas"]) != 1 {
		t.Errorf("%v", c.Refused)
	}
}
