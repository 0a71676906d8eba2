package clause

import "strings"

// Known is a promise that is held already, to compare a new edition of its paper with.
type Known struct {
	ID      string
	About   string
	Section string
	Quote   string
}

// Compared says what a new edition does to the promises that are held.
type Compared struct {
	Vendor    string   `json:"vendor"`
	Effective string   `json:"effective"` // the date of the new edition, "" if the paper states none
	Same      []string `json:"unchanged"` // ids of promises whose quotation stands in it word for word
	Changed   []Change `json:"changed"`
	Gone      []Change `json:"gone"` // their quotation is gone and nothing like it is found
	Added     []int    `json:"added"`
}

// Change is a promise whose quotation changed.
type Change struct {
	Promise string `json:"promise"`
	Was     string `json:"was"`
	Now     string `json:"now,omitempty"`
	Found   int    `json:"found"` // the index of the proposal, -1 if there is none
}

// likeness of quotations below which one is not a new wording of the other.
const leastLike = 0.35

// Against compares the proposals with the promises that are held of a vendor.
func (p *Paper) Against(vendor string, held []Known) Compared {
	c := Compared{Vendor: vendor, Effective: DateIn(p.Document.Edition), Same: []string{}, Changed: []Change{}, Gone: []Change{}, Added: []int{}}
	taken := map[int]bool{}
	var open []Known
	for _, k := range held {
		switch {
		case k.Quote == "":
		case p.holds(k.Quote):
			c.Same = append(c.Same, k.ID)
			p.take(k.Quote, taken)
		default:
			open = append(open, k)
		}
	}
	for _, k := range open {
		if i := p.nearest(k, taken); i >= 0 {
			taken[i] = true
			c.Changed = append(c.Changed, Change{k.ID, k.Quote, p.Promises[i].Quote, i})
			continue
		}
		c.Gone = append(c.Gone, Change{Promise: k.ID, Was: k.Quote, Found: -1})
	}
	for i := range p.Promises {
		if !taken[i] && p.Promises[i].About != aboutStates {
			c.Added = append(c.Added, i)
		}
	}
	return c
}

// holds reports whether every line of a quotation stands in the paper.
func (p *Paper) holds(quote string) bool {
	for line := range strings.Lines(quote) {
		if line = squeeze(line); line != "" && !strings.Contains(p.squeezed, line) {
			return false
		}
	}
	return true
}

// take marks the proposals that a quotation is about.
func (p *Paper) take(quote string, taken map[int]bool) {
	want := squeeze(quote)
	for i := range p.Promises {
		got := squeeze(p.Promises[i].Quote)
		if strings.Contains(got, want) || strings.Contains(want, got) || allLines(got, quote) {
			taken[i] = true
		}
	}
}

func allLines(text, quote string) bool {
	for line := range strings.Lines(quote) {
		if line = squeeze(line); !strings.Contains(text, line) {
			return false
		}
	}
	return true
}

// nearest returns the proposal that is most like a promise of the same kind, or -1.
func (p *Paper) nearest(k Known, taken map[int]bool) int {
	best, most := -1, leastLike
	for i := range p.Promises {
		q := &p.Promises[i]
		if taken[i] || q.About != k.About {
			continue
		}
		like := likeness(k.Quote, q.Quote)
		if sameSection(k.Section, q.Section) {
			like += 0.2
		}
		if like > most {
			best, most = i, like
		}
	}
	return best
}

// sameSection compares sections; a catalogue may add the number of the standard's control.
func sameSection(a, b string) bool {
	first, _, _ := strings.Cut(a, " (")
	return first != "" && first == b
}

// squeeze is a text as quotations are compared: normalised, without spaces and bullets.
func squeeze(s string) string {
	return strings.TrimLeft(strings.ReplaceAll(strings.ReplaceAll(Normalise(strings.ReplaceAll(s, "\n", " ")), " ", ""), "**", ""), "・※-*")
}

// likeness is the share of the pairs of characters that two texts have in common, from 0
// to 1.
func likeness(a, b string) float64 {
	pairs := map[[2]rune]int{}
	count := func(s string, by int) (n, common int) {
		runes := []rune(squeeze(s))
		for i := 1; i < len(runes); i++ {
			pair := [2]rune{runes[i-1], runes[i]}
			if by < 0 && pairs[pair] > 0 {
				common++
			}
			pairs[pair] += by
			n++
		}
		return n, common
	}
	n, _ := count(a, 1)
	m, common := count(b, -1)
	if n+m == 0 {
		return 0
	}
	return 2 * float64(common) / float64(n+m)
}
