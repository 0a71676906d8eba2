package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/web"
	"kigen/config"
)

// papersConfig is a vendor with a paper for each of its products.
const papersConfig = `
vendors:
  - id: acme
    name: Acme
    services: [Acme Cloud, "Acme <Mail>", Acme Chat]
    promises:
      - {id: cloud-notice, gate: {service: [Acme Cloud, "Acme <Mail>"]}, start: detected, due: 24h}
      - {id: chat-notice, gate: {service: Acme Chat, impact: [serious]}, start: detected, due: 72h}
`

func papersSite(t *testing.T, lang string) *site {
	t.Helper()
	own, err := config.Parse("", []byte(papersConfig), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, func(o *web.Options) {
		o.Lang, o.Catalogue, o.Tracker.Catalogue = lang, own.Catalogue, own.Catalogue
	})
	s.setClock("2026-05-01 18:30")
	return s
}

// The API answers for the promise of the service, and says which services a promise has.
func TestDeadlineOfAService(t *testing.T) {
	s := papersSite(t, "en")
	const ask = "/api/v1/deadline?vendor=acme&start=2026-05-01+18:00"
	for query, wants := range map[string][]string{
		"":                     {`"promise":"cloud-notice"`, `"due":"2026-05-02T18:00:00+09:00"`, `"state":"running"`},
		"&service=Acme+Cloud":  {`"promise":"cloud-notice"`, `"state":"running"`},
		"&service=+Acme+Chat+": {`"promise":"chat-notice"`, `"due":"2026-05-04T18:00:00+09:00"`, `"not_provable":false`},
		"&service=Acme+Chat&promise=cloud-notice": {`"due":null,"state":"not_applicable"`, `"by":"service","value":"Acme Chat","text":"Not applicable (service: Acme Chat)"`},
		"&service=Acme+Chat&impact=none":          {`"promise":"cloud-notice"`, `"state":"not_applicable"`},
	} {
		holds(t, s.get(ask+query), wants...)
	}
	res := s.send(http.MethodGet, ask+"&service=acme+chat", "")
	if body := text(t, res); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "query.service") || !strings.Contains(body, "Acme Cloud") {
		t.Errorf("an unknown service: %d %s", res.StatusCode, body)
	}
	holds(t, s.get("/api/v1/vendors/acme"), `"gate":{"service":["Acme Cloud","Acme <Mail>"]}`, `"gate":{"service":["Acme Chat"],"impact":["serious"]}`)
}

// The form shows the deadline of the service that is typed.
func TestPreviewOfAService(t *testing.T) {
	s := papersSite(t, "en")
	ask := func(service string) string {
		return s.form("/incidents/preview?part=1", url.Values{"vendor": {"acme"}, "detected_at": {"2026-05-01T18:00"}, "service": {service}}, http.StatusOK)
	}
	holds(t, ask(""), "Sat 2 May 18:00", "Mon 4 May 18:00", `<option value="Acme &lt;Mail&gt;">`)
	for _, test := range [][3]string{
		{"Acme <Mail>", "Sat 2 May 18:00", "Not applicable (service: Acme &lt;Mail&gt;)"},
		{" Acme Chat ", "Mon 4 May 18:00", "Not applicable (service: Acme Chat)"},
	} {
		service, part := test[0], ask(test[0])
		holds(t, part, test[1:]...)
		if strings.Contains(part, "Sat 2 May 18:00") && strings.Contains(part, "Mon 4 May 18:00") {
			t.Errorf("%q: the deadlines of both promises in\n%s", service, part)
		}
	}
	holds(t, ask("Acme"), "is not a service of acme: use one of Acme Cloud, Acme &lt;Mail&gt;, Acme Chat")
}

// The page of the vendor names the services of a promise.
func TestVendorPageNamesTheServices(t *testing.T) {
	for lang, wants := range map[string][]string{
		"en": {"Service: Acme Cloud or Acme &lt;Mail&gt; (unknown counts too)", "Service: Acme Chat (unknown counts too) and Impact on us: serious (unknown counts too)"},
		"ja": {"サービスがAcme Cloud・Acme &lt;Mail&gt;(不明なら対象)", "サービスがAcme Chat(不明なら対象)"},
	} {
		holds(t, papersSite(t, lang).get("/vendors/acme"), wants...)
	}
}

// A service that is entered later, or corrected, reckons the clocks anew: over the API and
// by the board's form.
func TestServiceEnteredLater(t *testing.T) {
	s := papersSite(t, "en")
	id := s.log(`{"vendor":"acme","title":"x","detected_at":"2026-05-01 18:00"}`)
	state := func(want string) {
		t.Helper()
		var states []string
		for _, c := range object(t, s.send(http.MethodGet, "/api/v1/incidents/"+id, ""))["clocks"].([]any) {
			states = append(states, c.(map[string]any)["promise"].(string)+" "+c.(map[string]any)["state"].(string))
		}
		if got := strings.Join(states, ", "); got != want {
			t.Errorf("the clocks are %s, want %s", got, want)
		}
	}
	state("cloud-notice running, chat-notice running")
	s.send(http.MethodPatch, "/api/v1/incidents/"+id, `{"service":"Acme Chat"}`)
	state("cloud-notice not_applicable, chat-notice running")
	holds(t, s.get("/incidents/"+id), "Not applicable (service: Acme Chat)")
	s.form("/incidents/"+id+"/amend", url.Values{"service": {"Acme <Mail>"}, "shown.service": {"Acme Chat"}}, http.StatusSeeOther)
	state("cloud-notice running, chat-notice not_applicable")
	s.send(http.MethodPatch, "/api/v1/incidents/"+id, `{"service":""}`)
	state("cloud-notice running, chat-notice running")
}
