package vendors

import (
	"net/http"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/registry"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
	"kigen/sla/tracker"
)

// previewView is what a text would put in force.
type previewView struct {
	Promises []previewPromise
	States   []statePage
	Doubts   []string
	Year     int
	Profiles []profileView
}

// previewPromise is a promise with worked examples.
type previewPromise struct {
	promisePage
	Channels string
	Examples []example
}

// example is a start with its deadline and every step that leads to it.
type example struct {
	Name, Start, Due string
	Lines            []string
}

// preview shows what the text of the form means. It saves nothing.
func (p *reader) preview(w http.ResponseWriter, view *editView) {
	checked, err := p.Register.Check(p.R.Context(), view.Text())
	switch invalid, ok := tracker.AsInvalid(err); {
	case ok:
		p.showEdit(w, http.StatusUnprocessableEntity, view, p.problems(invalid))
	case err != nil:
		p.Fail(w, err)
	default:
		view.Preview = p.previewed(view, checked)
		p.showEdit(w, http.StatusOK, view, nil)
	}
}

func (p *reader) previewed(view *editView, checked *registry.Checked) *previewView {
	shown := &previewView{Year: p.Now.Year()}
	for _, doubt := range checked.Doubts {
		shown.Doubts = append(shown.Doubts, doubt.In(p.Lang))
	}
	if view.Kept {
		return shown // its promises are not written here
	}
	whole := p.vendorPage(checked.Vendor)
	shown.States = whole.States
	for i, promise := range checked.Vendor.Promises {
		shown.Promises = append(shown.Promises, previewPromise{promisePage: whole.Promises[i], Channels: p.channels(&promise.Channels), Examples: p.examples(promise)})
	}
	measured, err := p.MeasureDraft(checked.Vendor)
	if err != nil {
		p.Log.Log(p.R.Context(), web.FaultLevel(p.R.Context()), "profile not measured", "error", err)
		return shown
	}
	for _, made := range measured.Promises {
		shown.Profiles = append(shown.Profiles, p.profileView(checked.Vendor, made))
	}
	return shown
}

// examples explains the deadlines of some starts.
func (p *reader) examples(promise *sla.Promise) (list []example) {
	if !promise.Commits() || promise.Periodic() {
		return nil
	}
	for _, start := range p.starts(promise.Calendar) {
		facts := sla.Facts{Times: web.AllAt(start.at)}
		d, e, err := promise.Explain(&facts)
		if err != nil || d.Due.IsZero() {
			continue
		}
		list = append(list, example{
			Name: start.name, Start: phrase.Instant(p.Lang, start.at, p.Now), Due: phrase.Deadline(p.Lang, d.Due.In(start.at.Location()), p.Now),
			Lines: prose.Reasons(p.Lang, &e),
		})
	}
	return list
}

// namedStart is the start of a worked example.
type namedStart struct {
	name string
	at   time.Time
}

// starts are within hours, a Friday evening, when the longest holidays of the coming year
// begin, and at the year's end, in the zone of the calendar.
func (p *reader) starts(c *calendar.Calendar) (list []namedStart) {
	zone := p.Site.Zone
	if c != nil {
		zone = c.Zone()
	}
	now := p.Now.In(zone)
	year, month, day := now.Date()
	at := func(key string, day calendar.Date, hour, minute int) {
		y, m, d := day.Civil()
		list = append(list, namedStart{p.Say(key), time.Date(y, m, d, hour, minute, 0, 0, zone)})
	}
	today := calendar.NewDate(year, month, day)
	inside := today + 1
	for range 30 {
		if weekday := inside.Weekday(); weekday >= time.Tuesday && weekday <= time.Thursday && (c == nil || c.IsBusinessDay(inside)) {
			break
		}
		inside++
	}
	at("register_example_inside", inside, 10, 0)
	at("register_example_friday", today+calendar.Date((int(time.Friday)-int(today.Weekday())+6)%7+1), 18, 30)
	if last := beforeHolidays(c, now); !last.IsZero() {
		list = append(list, namedStart{p.Say("register_example_holidays"), last})
	}
	end := calendar.NewDate(year, time.December, 30)
	if end <= today {
		end = calendar.NewDate(year+1, time.December, 30)
	}
	at("register_example_year", end, 17, 0)
	return list
}

// longHoliday is how long a calendar is closed over a holiday that is longer than a weekend.
const longHoliday = 80 * time.Hour

// beforeHolidays is when the calendar closes for longest within a year; zero: it has no long
// holidays.
func beforeHolidays(c *calendar.Calendar, now time.Time) (start time.Time) {
	if c == nil {
		return start
	}
	longest, last := longHoliday, time.Time{}
	for span := range c.Intervals(now, now.AddDate(1, 0, 0)) {
		if closed := span.Open.Sub(last); !last.IsZero() && closed > longest {
			longest, start = closed, last
		}
		last = span.Close
	}
	return start
}

// channels names the channels of a promise; empty: it names none.
func (p *reader) channels(c *sla.Channels) string {
	named := func(names []string, joint string) string {
		words := make([]string, len(names))
		for i, name := range names {
			words[i] = phrase.Channel(p.Lang, name)
		}
		return strings.Join(words, p.Say(joint))
	}
	parts := []string{}
	if text := named(c.Any, "register_channels_or"); text != "" {
		parts = append(parts, text)
	}
	if text := named(c.All, "register_channels_and"); text != "" {
		parts = append(parts, text)
	}
	for _, scope := range sla.Scopes {
		if of, ok := c.ByScope[scope]; ok {
			parts = append(parts, p.Say("register_channels_scope", "Scope", p.Word("scope", string(scope)), "Channels", p.channels(&of)))
		}
	}
	return strings.Join(parts, " / ")
}

// moment names a moment.
func (p *reader) moment(name string) string { return prose.Moment(p.Lang, name) }
