package render

import (
	"bytes"
	_ "embed"
	"html/template"
	"io"

	"kigen/sla"
	"kigen/sla/report"
)

//go:embed page.html
var pageSource string

//go:embed page.css
var pageStyle string

// page is what the template shows. It holds no text in a language but what
// the incidents themselves say.
type page struct {
	Lang        string
	Month       string
	From, To    string
	Report      report.Report
	Style       template.CSS
	Definitions []string // keys
}

// HTML writes the report as one self-contained page, made for print: no
// script, nothing loaded from elsewhere.
func HTML(w io.Writer, r report.Report, lang string) error {
	words, err := newWords(lang, r.Period)
	if err != nil {
		return err
	}
	parsed, err := template.New("page").Funcs(words.funcs()).Parse(pageSource)
	if err != nil {
		return err
	}
	p := page{
		Lang: lang, Month: words.month(), Report: r, Style: template.CSS(pageStyle),
		From: words.instant(r.Period.From), To: words.deadline(r.Period.To),
	}
	for _, key := range definitionKeys {
		p.Definitions = append(p.Definitions, "def_"+key)
	}
	var whole bytes.Buffer // so that an error leaves no half page behind
	if err := parsed.Execute(&whole, p); err != nil {
		return err
	}
	_, err = whole.WriteTo(w)
	return err
}

func (w *words) funcs() template.FuncMap {
	return template.FuncMap{
		"say":      w.say,
		"instant":  w.instant,
		"deadline": w.deadline,
		"length":   w.length,
		"percent":  percent,
		"moment":   func(m sla.Moment) string { return sla.MomentText(w.lang, m.String()) },
		"explain":  func(c report.Case) []string { return explain(&c, w.lang) },
		"open":     func(f report.Figures) int { return f.Pending + f.Running },
		"judged":   judged,
		"bar":      newBar,
	}
}

// judged is how many deadlines have had an outcome.
func judged(f report.Figures) int { return f.Met + f.Late + f.Overdue + f.NotProvable }

// barWidth is the length of a whole bar in the units of its picture.
const barWidth = 100.0

// stretch is one part of a bar.
type stretch struct {
	Class    string // in the style sheet
	X, Width float64
}

// newBar shares a bar out among the outcomes; without any it is empty. What
// rests on an assumed start stands apart, because the rate leaves it out.
func newBar(f report.Figures) []stretch {
	var bar []stretch
	x, all := 0.0, judged(f)
	for _, part := range []struct {
		class string
		n     int
	}{
		{"met", f.Met}, {"late", f.Late}, {"overdue", f.Overdue - f.OverdueAssumed},
		{"overdue_assumed", f.OverdueAssumed}, {"not_provable", f.NotProvable},
	} {
		if part.n > 0 {
			width := barWidth * float64(part.n) / float64(all)
			bar = append(bar, stretch{part.class, x, width})
			x += width
		}
	}
	return bar
}
