package vendors

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kigen/cmd/kigen/internal/drafting"
	"kigen/cmd/kigen/internal/registry/entry"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla"
	"kigen/sla/clause"
	"kigen/sla/phrase"
	"kigen/sla/phrase/localizer"
	"kigen/sla/tracker"
)

// mostCards bounds the proposals of a paper that one page shows.
const mostCards = 60

// readingView is what was found in a paper.
type readingView struct {
	Name     string
	Extent   string // what was read of it and what was not
	Cards    []cardView
	Left     int // proposals beyond mostCards
	Calendar *entry.Calendar
	Unread   []clause.Unread
}

// cardView is a proposal with what a person chooses.
type cardView struct {
	N                       int
	Data                    string // the proposal, for the form
	Quote, Place            string
	Questions               []string
	Words                   *promisePage // what it means; nil: no kind of promise holds it as it stands
	Channels                string
	Known                   bool // the text holds the sentence already
	About, Start, Strength  []frame.Choice
	Ends, FirstDay, Rolling []frame.Choice // how days are counted; none: no days are
}

// readPaper shows what a pasted text or a file promises.
func (p *reader) readPaper(w http.ResponseWriter, view *editView) {
	name, content, err := p.postedPaper(view)
	if err != nil {
		p.Unreadable(w, err)
		return
	}
	if len(bytes.TrimSpace(content)) == 0 {
		p.showEdit(w, http.StatusUnprocessableEntity, view, []frame.Problem{{Field: "paste", Label: p.Say("register_paste"), Message: p.Say("register_nothing_to_read")}})
		return
	}
	read, err := (&drafting.Request{Name: name, Lang: p.Lang}).Read(p.R.Context(), bytes.NewReader(content))
	if err != nil {
		p.showEdit(w, http.StatusUnprocessableEntity, view, []frame.Problem{{Field: "paste", Label: p.Say("register_paper"), Message: localizer.ErrorIn(p.Lang, err)}})
		return
	}
	view.Reading = p.reading(view, name, read)
	p.showEdit(w, http.StatusOK, view, nil)
}

// postedPaper is the chosen file, else the pasted text.
func (p *reader) postedPaper(view *editView) (name string, content []byte, err error) {
	name = p.Say("register_pasted")
	if p.R.MultipartForm == nil || len(p.R.MultipartForm.File["paper"]) == 0 {
		return name, []byte(view.Paste), nil
	}
	header := p.R.MultipartForm.File["paper"][0]
	if header.Size == 0 {
		return name, []byte(view.Paste), nil
	}
	file, err := header.Open()
	if err != nil {
		return "", nil, err
	}
	defer file.Close() //nolint:errcheck // read only
	content, err = io.ReadAll(file)
	return header.Filename, content, err
}

func (p *reader) reading(view *editView, name string, read *drafting.Reading) *readingView {
	paper := read.Paper()
	found := &readingView{Name: name, Extent: read.Extent(p.Lang), Unread: paper.Unread[:min(len(paper.Unread), mostCards)]}
	proposals := make([]entry.Promise, 0, len(paper.Promises))
	for i := range paper.Promises {
		if len(proposals) == mostCards {
			found.Left = len(paper.Promises) - mostCards
			break
		}
		proposals = append(proposals, proposalOf(paper, i))
	}
	if !entry.HasCalendar(view.Rest) {
		found.Calendar = calendarOf(paper, proposals)
	}
	words := p.inWords(view, found.Calendar, proposals)
	for i := range proposals {
		card := p.card(i, &proposals[i], words[i])
		card.Known = entry.Known(view.Rest, proposals[i].Quote)
		for _, q := range paper.Promises[i].Questions {
			card.Questions = append(card.Questions, q.In(p.Lang))
		}
		found.Cards = append(found.Cards, card)
	}
	return found
}

// proposalOf is a proposal of a paper as the form carries it.
func proposalOf(paper *clause.Paper, i int) entry.Promise {
	q := &paper.Promises[i]
	return entry.Promise{
		About: q.About, Quote: q.Quote, Document: paper.Document.Title, Edition: paper.Document.Edition, Section: q.Section,
		From: clause.DateIn(paper.Document.Edition), Strength: q.Strength, Start: q.Start, Due: q.Due, Gate: q.Gate, Channels: q.Channels,
	}
}

// calendarOf are the business hours that a paper states, else usual ones if a rule needs them;
// nil: none does.
func calendarOf(paper *clause.Paper, proposals []entry.Promise) *entry.Calendar {
	c := &entry.Calendar{Zone: "UTC", Days: "mon-fri", Hours: "09:00-17:00", Holidays: "none"}
	if paper.Text.Japanese > paper.Text.English {
		c.Zone, c.Holidays = "Asia/Tokyo", "jp"
	}
	if stated := paper.Calendar; stated != nil {
		c.Zone, c.Closures = stated.Zone, stated.Closures
		if stated.Holidays != "" {
			c.Holidays = stated.Holidays
		}
		for _, days := range []string{"mon-fri", "mon-sun"} {
			if hours := stated.Hours[days]; hours != nil {
				c.Days, c.Hours = days, strings.Join(hours, ", ")
			}
		}
		return c
	}
	for i := range proposals {
		if due := clause.Flow(proposals[i].Due); strings.Contains(due, "business_") || strings.Contains(due, "_hours") {
			return c
		}
	}
	return nil
}

// readVendor is the id under which proposals are read before a vendor has one.
const readVendor = "vendor-being-read"

var promiseIndex = regexp.MustCompile(`promises\[(\d+)\]`)

// inWords reads proposals as they would be in force; nil for one that no kind of promise holds.
func (p *reader) inWords(view *editView, hours *entry.Calendar, proposals []entry.Promise) []*sla.Promise {
	read := make([]*sla.Promise, len(proposals))
	var tried []int
	for i := range proposals {
		if proposals[i].About != "" && proposals[i].About != entry.States {
			tried = append(tried, i)
		}
	}
	for range 2 { // the second time without those that have mistakes
		e := entry.Entry{ID: readVendor, NameEn: readVendor, Rest: entry.CalendarOf(view.Rest)}
		if hours != nil {
			e.Rest = entry.SetCalendar(e.Rest, *hours)
		}
		for _, i := range tried {
			e.Rest = entry.Add(e.Rest, &proposals[i])
		}
		checked, err := p.Register.Check(p.R.Context(), e.Text())
		if err == nil {
			for n, promise := range checked.Vendor.Promises {
				if n < len(tried) {
					read[tried[n]] = promise
				}
			}
			return read
		}
		faulty := map[int]bool{}
		invalid, _ := tracker.AsInvalid(err)
		for _, problem := range invalid {
			if m := promiseIndex.FindStringSubmatch(problem.In(localizer.English)); m != nil {
				n, _ := strconv.Atoi(m[1]) //nolint:errcheck // digits
				faulty[n] = true
			}
		}
		var sound []int
		for n, i := range tried {
			if !faulty[n] {
				sound = append(sound, i)
			}
		}
		tried = sound
	}
	return read
}

func (p *reader) card(i int, q *entry.Promise, read *sla.Promise) cardView {
	data, err := json.Marshal(q)
	if err != nil {
		data = nil // of texts alone
	}
	c := cardView{N: i, Data: string(data), Quote: q.Quote, Place: p.Cite(&sla.Source{Document: q.Document, Edition: q.Edition, Section: q.Section})}
	if read != nil {
		words := p.promise(read)
		c.Words, c.Channels = &words, p.channels(&read.Channels)
	}
	if q.About == "" {
		c.About = []frame.Choice{{Text: p.Say("register_choose")}}
	}
	for _, kind := range sla.Kinds() {
		c.About = append(c.About, frame.Choice{Value: string(kind), Text: p.Word("kind", string(kind)), Chosen: string(kind) == q.About})
	}
	c.About = append(c.About, frame.Choice{Value: entry.States, Text: p.Say("register_states"), Chosen: q.About == entry.States})
	for _, m := range entry.Moments(q.About) {
		c.Start = append(c.Start, frame.Choice{Value: m, Text: p.moment(m), Chosen: m == q.Start})
	}
	for _, s := range sla.Strengths {
		c.Strength = append(c.Strength, frame.Choice{Value: string(s), Text: phrase.Strength(p.Lang, string(s)), Chosen: string(s) == q.Strength})
	}
	p.days(&c, q)
	return c
}

// days offers how days are counted.
func (p *reader) days(c *cardView, q *entry.Promise) {
	unit, rule := q.Days()
	choices := func(name string, values []string, chosen string) (list []frame.Choice) {
		for _, v := range values {
			list = append(list, frame.Choice{Value: v, Text: p.Say("register_" + name + "_" + v), Chosen: v == chosen})
		}
		return list
	}
	ends, _ := rule["ends"].(string)
	switch unit {
	case "business_days":
		c.Ends = choices("ends", []string{"close", "end_of_day", "same_time"}, ends)
		c.FirstDay = choices("first", []string{"next", "same"}, "next")
	case "days", "weeks", "months":
		if unit == "days" {
			c.FirstDay = choices("first", []string{"next", "same"}, "next")
		}
		c.Rolling = choices("roll", []string{"none", "next_business_day"}, "none")
	}
}

// take puts the chosen proposals into the text of the entry, and shows what they mean.
func (p *reader) take(w http.ResponseWriter, view *editView) {
	form := p.R.PostForm
	if !entry.Readable(view.Rest) {
		p.preview(w, view) // which says what is wrong
		return
	}
	var problems []frame.Problem
	taken, rest := 0, view.Rest
	if form.Get("hours_take") != "" {
		rest = entry.SetCalendar(rest, entry.Calendar{
			Zone: form.Get("hours_zone"), Days: form.Get("hours_days"), Hours: form.Get("hours_hours"), Holidays: form.Get("hours_holidays"), Closures: form.Get("hours_closures"),
		})
	}
	for _, n := range form["take"] {
		var q entry.Promise
		i, err := strconv.Atoi(n)
		if err != nil || i < 0 || i >= len(form["card"]) || json.Unmarshal([]byte(form["card"][i]), &q) != nil {
			continue
		}
		chosen(&q, func(name string) string { return form.Get(name + "-" + n) })
		if q.About == "" {
			problems = append(problems, frame.Problem{Field: "about-" + n, Label: p.Say("register_about"), Value: shortened(q.Quote), Message: p.Say("register_about_missing")})
			continue
		}
		rest = entry.Add(rest, &q)
		taken++
	}
	if len(problems) > 0 || taken == 0 && form.Get("hours_take") == "" {
		if len(problems) == 0 {
			problems = append(problems, frame.Problem{Field: "paste", Label: p.Say("register_paper"), Message: p.Say("register_none_taken")})
		}
		view.Reading = p.again(view)
		p.showEdit(w, http.StatusUnprocessableEntity, view, problems)
		return
	}
	view.Rest = rest
	p.preview(w, view)
}

// again shows the cards of the form once more.
func (p *reader) again(view *editView) *readingView {
	form := p.R.PostForm
	found := &readingView{Name: form.Get("paper_name"), Extent: form.Get("paper_extent")}
	var proposals []entry.Promise
	for _, data := range form["card"] {
		var q entry.Promise
		if json.Unmarshal([]byte(data), &q) == nil && len(proposals) < mostCards {
			proposals = append(proposals, q)
		}
	}
	if hours := form.Get("hours_hours"); hours != "" {
		found.Calendar = &entry.Calendar{Zone: form.Get("hours_zone"), Days: form.Get("hours_days"), Hours: hours, Holidays: form.Get("hours_holidays"), Closures: form.Get("hours_closures")}
	}
	words := p.inWords(view, found.Calendar, proposals)
	for i := range proposals {
		card := p.card(i, &proposals[i], words[i])
		card.Known = !slices.Contains(form["take"], strconv.Itoa(i))
		found.Cards = append(found.Cards, card)
	}
	return found
}

// chosen applies what a person chose for a proposal.
func chosen(q *entry.Promise, get func(name string) string) {
	set := func(to *string, name string) {
		if v := get(name); v != "" {
			*to = v
		}
	}
	set(&q.About, "about")
	set(&q.Start, "start")
	set(&q.Strength, "strength")
	unit, rule := q.Days()
	if unit == "" {
		return
	}
	if ends := get("ends"); ends != "" && unit == "business_days" {
		rule["ends"] = ends
	}
	if get("first") == "same" {
		rule["count_start_day"] = true
	}
	if get("roll") == "next_business_day" {
		rule["roll"] = "next_business_day"
	}
}

func shortened(text string) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) <= 40 {
		return string(runes)
	}
	return string(runes[:40]) + "…"
}
