package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"kigen/sla"
	"kigen/sla/tracker"
)

// amendable lists the fields of the form that amends an incident, in its order.
var amendable = [...]string{
	"occurred_at", "detected_at", "confirmed_at", "declared_at", "noticed_at",
	"title", "service", "impact", "scope", "severity", "description", "reference", "tags",
}

// amendForm changes what a person changed in the form, and nothing else: a
// time that was entered with another offset, or to the second, keeps both.
func (p *reader) amendForm(w http.ResponseWriter) {
	p.submit(w, "amend", func(id sla.IncidentID) (*sla.Incident, error) {
		inc, _, err := p.read(p.r.Context(), &IDParam{ID: id.String()})
		if err != nil {
			return nil, err
		}
		stands := p.amendValues(inc)
		shown := p.shownValues(stands)
		amendment, err := p.amendment(shown)
		if err != nil {
			return nil, err
		}
		amended, err := p.Tracker.Amend(p.r.Context(), actor(p.r.Context(), "", boardActor), id, amendment)
		if errors.Is(err, tracker.ErrConflict) {
			return nil, p.conflict(shown, stands)
		}
		return amended, err
	})
}

// amendment is what the posted form changes against what it showed.
func (p *reader) amendment(shown map[string]string) (tracker.Amendment, error) {
	body := changedIncident{
		OccurredAt: p.changed("occurred_at", shown), DetectedAt: p.changed("detected_at", shown), ConfirmedAt: p.changed("confirmed_at", shown),
		DeclaredAt: p.changed("declared_at", shown), NoticedAt: p.changed("noticed_at", shown),
		Title: p.changed("title", shown), Service: p.changed("service", shown), Description: p.changed("description", shown), Reference: p.changed("reference", shown),
		Impact: p.changed("impact", shown), Scope: p.changed("scope", shown), Severity: p.changed("severity", shown),
	}
	if text := p.changed("tags", shown); text.given {
		body.Tags = optional[[]string]{given: true, value: tags(text.value)}
	}
	amendment, err := body.amendment(p.Zone)
	// Without a version, or with a broken one, whatever stands is amended.
	amendment.Version, _ = strconv.ParseInt(p.r.PostForm.Get("version"), 10, 64)
	return amendment, err
}

// amendValues is what the form shows of an incident, by field.
func (p *reader) amendValues(inc *sla.Incident) map[string]string {
	f := p.forms(inc)
	values := map[string]string{"impact": string(inc.Impact), "scope": string(inc.Scope), "severity": string(inc.Severity)}
	for _, m := range f.Moments {
		values[m.Name] = m.Value
	}
	for _, name := range amendable {
		if value, ok := f.Values[name]; ok {
			values[name] = value
		}
	}
	return values
}

// shownJSON goes with the form and comes back with it, so that what a person
// left alone is told from what others changed meanwhile.
func shownJSON(values map[string]string) string {
	text, err := json.Marshal(values)
	if err != nil {
		return "" // what stands is taken as what was shown
	}
	return string(text)
}

// shownValues is what the posted form had shown; what stands, where it does
// not say.
func (p *reader) shownValues(stands map[string]string) map[string]string {
	shown := map[string]string{}
	if err := json.Unmarshal([]byte(p.r.PostForm.Get("shown")), &shown); err != nil || len(shown) == 0 {
		return stands
	}
	return shown
}

// conflict says, field by field, what others made of the incident meanwhile
// and what this person entered. The form comes back with the entries of this
// person, and with what stands elsewhere: sent again, it overwrites knowingly.
func (p *reader) conflict(shown, stands map[string]string) tracker.Invalid {
	problems := tracker.Invalid{{Field: "version", Message: p.say("conflict")}}
	for _, name := range amendable {
		mine := p.changed(name, shown)
		if shown[name] != stands[name] {
			message := p.say("conflict_theirs", "Now", p.shownValue(name, stands[name]))
			if mine.given {
				message = p.say("conflict_both", "Now", p.shownValue(name, stands[name]), "Mine", p.shownValue(name, mine.value))
			}
			problems = append(problems, tracker.Problem{Field: name, Message: message})
		}
		if !mine.given {
			p.r.PostForm.Set(name, stands[name])
		}
	}
	return problems
}

// shownValue writes a field's value as people read it.
func (p *reader) shownValue(name, value string) string {
	switch {
	case value == "":
		return p.say("empty")
	case slices.Contains([]string{"impact", "scope", "severity"}, name):
		return p.say(name + "_" + value)
	case strings.HasSuffix(name, "_at"):
		if at, err := tracker.ParseTime(value, p.Zone); err == nil {
			return p.instant(at)
		}
	}
	return value
}

// changed is a field that was posted and is not as it was shown.
func (p *reader) changed(name string, was map[string]string) optional[string] {
	shown := was[name]
	posted, ok := p.r.PostForm[name]
	if !ok {
		return optional[string]{}
	}
	// A browser sends line breaks of a long text as CR LF.
	value := strings.ReplaceAll(posted[0], "\r\n", "\n")
	if value == strings.ReplaceAll(shown, "\r\n", "\n") || p.sameTime(name, value, shown) {
		return optional[string]{}
	}
	return optional[string]{given: true, value: value}
}

// sameTime reports whether a moment was posted as it was shown: browsers
// differ in whether they send seconds that are zero.
func (p *reader) sameTime(name, posted, shown string) bool {
	if !strings.HasSuffix(name, "_at") {
		return false
	}
	a, errA := tracker.ParseTime(posted, p.Zone)
	b, errB := tracker.ParseTime(shown, p.Zone)
	return errA == nil && errB == nil && a.Equal(b)
}
