package board

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/tracker"
)

// amendable lists the fields of the form that amends an incident, in its order.
var amendable = append(momentFields(),
	"title", "public_title", "service", "impact", "scope", "severity", "description", "reference", "tags")

func momentFields() (names []string) {
	for _, m := range sla.EnteredMoments() {
		names = append(names, m.Field())
	}
	return names
}

// amendForm amends only the fields that the person changed in the form, so a
// time that was logged with another offset or with seconds keeps them.
func (p *reader) amendForm(w http.ResponseWriter) {
	p.submit(w, "amend", func(id sla.IncidentID) (*sla.Incident, error) {
		inc, _, err := p.Read(p.R.Context(), &web.IDParam{ID: id.String()})
		if err != nil {
			return nil, err
		}
		stands := p.amendValues(inc)
		shown := p.shownValues(stands)
		amendment, err := p.amendment(shown)
		if err != nil {
			return nil, err
		}
		amended, err := p.Tracker.Amend(p.R.Context(), p.Request("", ""), id, amendment)
		if errors.Is(err, tracker.ErrConflict) {
			return nil, p.conflict(shown, stands)
		}
		return amended, err
	})
}

// amendment contains the posted fields that differ from the values shown.
func (p *reader) amendment(shown map[string]string) (tracker.Amendment, error) {
	body := web.ChangedIncident{
		Moments: web.MomentsFrom(func(m sla.Moment) web.Optional[string] { return p.changed(m.Field(), shown) }),
		Title:   p.changed("title", shown), PublicTitle: p.changed("public_title", shown), Service: p.changed("service", shown), Description: p.changed("description", shown), Reference: p.changed("reference", shown),
		Impact: p.changed("impact", shown), Scope: p.changed("scope", shown), Severity: p.changed("severity", shown),
	}
	if text := p.changed("tags", shown); text.Given {
		body.Tags = web.Optional[[]string]{Given: true, Value: tags(text.Value)}
	}
	amendment, err := body.Amendment(p.Typed())
	// A missing or malformed version is 0, which skips the conflict check.
	amendment.Version, _ = strconv.ParseInt(p.R.PostForm.Get("version"), 10, 64)
	return amendment, err
}

// amendValues returns the values that the form shows, by field.
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

// shownJSON encodes the shown values for a hidden field. When the form is
// posted, they separate this person's changes from those of others.
func shownJSON(values map[string]string) string {
	text, err := json.Marshal(values)
	if err != nil {
		return "" // shownValues then falls back to the current values
	}
	return string(text)
}

// shownValues returns the values that the posted form had shown, or the
// current ones if the form does not contain them.
func (p *reader) shownValues(stands map[string]string) map[string]string {
	shown := map[string]string{}
	if err := json.Unmarshal([]byte(p.R.PostForm.Get("shown")), &shown); err != nil || len(shown) == 0 {
		return stands
	}
	return shown
}

// conflict lists, field by field, what others changed meanwhile and what this
// person entered. The form is shown again with this person's entries and the
// current values of all other fields; posting it again overwrites on purpose.
func (p *reader) conflict(shown, stands map[string]string) tracker.Invalid {
	problems := tracker.Invalidf("version", "", "%s", p.Say("conflict"))
	for _, name := range amendable {
		mine := p.changed(name, shown)
		if shown[name] != stands[name] {
			message := p.Say("conflict_theirs", "Now", p.shownValue(name, stands[name]))
			if mine.Given {
				message = p.Say("conflict_both", "Now", p.shownValue(name, stands[name]), "Mine", p.shownValue(name, mine.Value))
			}
			problems.Addf(name, "", "%s", message)
		}
		if !mine.Given {
			p.R.PostForm.Set(name, stands[name])
		}
	}
	return problems
}

// shownValue formats a field's value for people.
func (p *reader) shownValue(name, value string) string {
	switch {
	case value == "":
		return p.Say("empty")
	case slices.Contains([]string{"impact", "scope", "severity"}, name):
		return p.Word(name, value)
	case strings.HasSuffix(name, "_at"):
		if at, err := p.Typed().Parse(value); err == nil {
			return p.Instant(at)
		}
	}
	return value
}

// changed returns a posted field if its value differs from the one shown.
func (p *reader) changed(name string, was map[string]string) web.Optional[string] {
	shown := was[name]
	posted, ok := p.R.PostForm[name]
	if !ok {
		return web.Optional[string]{}
	}
	// A browser sends line breaks of a long text as CR LF.
	value := strings.ReplaceAll(posted[0], "\r\n", "\n")
	if value == strings.ReplaceAll(shown, "\r\n", "\n") || p.sameTime(name, value, shown) {
		return web.Optional[string]{}
	}
	return web.Optional[string]{Given: true, Value: value}
}

// sameTime reports whether two texts are the same time: browsers differ in
// whether they send zero seconds.
func (p *reader) sameTime(name, posted, shown string) bool {
	if !strings.HasSuffix(name, "_at") {
		return false
	}
	read := p.Typed()
	a, errA := read.Parse(posted)
	b, errB := read.Parse(shown)
	return errA == nil && errB == nil && a.Equal(b)
}

// tags splits a list at commas, Western or Japanese.
func tags(text string) (list []string) {
	for _, tag := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",、,", r) }) {
		if tag = strings.TrimSpace(tag); tag != "" {
			list = append(list, tag)
		}
	}
	return list
}
