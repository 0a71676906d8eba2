package web_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A notice that was recorded after the deadline, as received before it, is marked on
// the incident's page, in the API and in the evidence bundle; one recorded at once is
// not.
func TestBackdatedNoticesAreMarked(t *testing.T) {
	s := newSite(t)
	s.setClock("2026-05-07 09:30")
	s.log(`{"vendor":"sotas","title":"x","occurred_at":"2026-05-07 09:00"}`) // due 15:00
	s.log(`{"vendor":"sotas","title":"y","occurred_at":"2026-05-07 09:00"}`)
	s.setClock("2026-05-07 12:00")
	s.send("POST", "/api/v1/incidents/KGN-2/notices", `{"received_at":"2026-05-07 11:50","channel":"phone"}`)
	s.setClock("2026-05-11 10:30")
	s.step()
	s.send("POST", "/api/v1/incidents/KGN-1/notices", `{"received_at":"2026-05-07 10:30","channel":"phone"}`)
	for lang, want := range map[string]string{"ja": "受領から4日後に記録", "en": "recorded 4 d after receipt"} {
		for id, marked := range map[string]bool{"KGN-1": true, "KGN-2": false} {
			dir, _ := unpack(t, s.get("/api/v1/incidents/"+id+"/bundle?lang="+lang))
			page, err := os.ReadFile(filepath.Join(dir, "incident.html"))
			if err != nil {
				t.Fatal(err)
			}
			record, err := os.ReadFile(filepath.Join(dir, "incident.json"))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(page), want) != marked || strings.Contains(string(record), want) != marked {
				t.Errorf("%s in %s: the bundle marks it: %v", id, lang, !marked)
			}
			if strings.Contains(s.get("/incidents/"+id+"?lang="+lang), want) != marked {
				t.Errorf("%s in %s: the page marks it: %v", id, lang, !marked)
			}
			if strings.Contains(s.get("/api/v1/incidents/"+id+"?lang="+lang), want) != marked {
				t.Errorf("%s in %s: the API marks it: %v", id, lang, !marked)
			}
		}
	}
}
