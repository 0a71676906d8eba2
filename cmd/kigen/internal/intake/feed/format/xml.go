package format

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/mmcdole/gofeed"
)

const (
	maxDepth    = 100
	maxElements = 100_000
)

// channel is a feed of any version with what this package reads of it.
type channel struct {
	title string
	items []item
}

type item struct {
	guid, title, link, published, updated, text string
	categories                                  []string
}

var errNoRoot = errors.New("its root is not rss, RDF or feed, or its channel has no title")

// readXML reads RSS or Atom. The root is checked first: the library is lenient.
func readXML(text string, o Options) (channel, error) {
	if err := guard(text); err != nil {
		return channel{}, err
	}
	f, err := parseFeed(text)
	if err != nil {
		return channel{}, err
	}
	c := channel{title: clip(Line(plain(f.Title)), maxTitle)}
	if c.title == "" || f.FeedType != "rss" && f.FeedType != "atom" {
		return channel{}, errNoRoot
	}
	for _, i := range f.Items {
		if i == nil {
			continue
		}
		it := item{
			guid: Line(i.GUID), title: Line(plain(i.Title)), link: link(i.Link, o.URL), published: i.Published, updated: i.Updated,
			text: plain(longer(i.Content, i.Description)), categories: i.Categories,
		}
		if it.published == "" && i.DublinCoreExt != nil && len(i.DublinCoreExt.Date) > 0 {
			it.published = i.DublinCoreExt.Date[0]
		}
		it.title = clip(it.title, maxTitle)
		if it.title == "" && it.text == "" {
			return channel{}, errors.New("one of its items has neither title nor text")
		}
		if it.title == "" {
			it.title, _, _ = strings.Cut(it.text, "\n")
		}
		c.items = append(c.items, it)
	}
	return c, nil
}

// parseFeed hands the text to the library, which mends what vendors break in XML.
func parseFeed(text string) (*gofeed.Feed, error) { return gofeed.NewParser().ParseString(text) }

// guard refuses what is no feed, what declares entities of its own, and what is nested
// without end.
func guard(text string) error {
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict = false
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	depth, elements, items := 0, 0, 0
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			if elements > 0 { // the library mends what vendors break
				break
			}
			return err
		}
		switch t := token.(type) {
		case xml.Directive:
			if upper := strings.ToUpper(string(t)); strings.Contains(upper, "ENTITY") || strings.Contains(upper, "[") {
				return refuse(Entities, "the document declares entities of its own, which kigen refuses: no feed needs them")
			}
		case xml.StartElement:
			depth++
			if elements++; elements == 1 && !slices.Contains([]string{"rss", "rdf", "feed"}, strings.ToLower(t.Name.Local)) {
				return errNoRoot
			}
			if local := strings.ToLower(t.Name.Local); local == "item" || local == "entry" {
				items++
			}
			if depth > maxDepth || elements > maxElements || items > maxEntries {
				return refuse(TooMuch, "the document is nested deeper than %d, or has more than %d elements or %d items", maxDepth, maxElements, maxEntries)
			}
		case xml.EndElement:
			depth--
		}
	}
	if elements == 0 {
		return errNoRoot
	}
	if strings.Contains(strings.ToUpper(text), "<!ENTITY") {
		return refuse(Entities, "the document declares entities of its own, which kigen refuses: no feed needs them")
	}
	return nil
}

func longer(a, b string) string {
	if len(a) >= len(b) {
		return a
	}
	return b
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// entries makes an entry of each item. An item without a guid is known by its link where
// no other one has it, else by link and title.
func (c channel) entries() []Entry {
	links := map[string]map[string]bool{}
	for _, i := range c.items {
		if links[i.link] == nil {
			links[i.link] = map[string]bool{}
		}
		links[i.link][i.guid+"\n"+i.title] = true
	}
	var out []Entry
	for _, i := range c.items {
		e := Entry{
			ID: i.guid, Title: i.title, Subject: subject(i.title), Stage: stageOf(i.title), Link: i.link, Components: i.categories, Moving: true,
			Published: stated(i.published, "published"), Touched: Time(i.updated), Phase: Open,
		}
		if i.published == "" {
			e.Published = stated(i.updated, "updated")
		}
		if e.ID == "" {
			titled := "hash:" + hash(i.link+"\n"+topic(e.Subject))
			e.ID, e.Keys = titled, []string{titled}
			if i.link != "" && len(links[i.link]) == 1 {
				e.ID, e.Slot = "hash:"+hash(i.link), true
			}
		}
		if i.text != "" {
			e.Updates = []Update{{ID: e.ID, At: e.Published.At, Text: i.text}}
		}
		out = append(out, e)
	}
	return once(out)
}

// once merges entries with the same id: one item twice is one. Of two that differ, the
// later is how it stands and the earlier an update.
func once(entries []Entry) []Entry {
	at := map[string]int{}
	var out []Entry
	for _, e := range entries {
		i, ok := at[e.ID]
		if !ok {
			at[e.ID] = len(out)
			out = append(out, e)
			continue
		}
		out[i] = latest(out[i], e)
	}
	return out
}

// latest merges two entries with one id.
func latest(a, b Entry) Entry {
	if b.Published.At.After(a.Published.At) || b.Touched.After(a.Touched) {
		a, b = b, a
	}
	for _, u := range b.Updates {
		same := slices.ContainsFunc(a.Updates, func(v Update) bool { return v.Text == u.Text && v.At.Equal(u.At) })
		if same {
			continue
		}
		if slices.ContainsFunc(a.Updates, func(v Update) bool { return v.ID == u.ID }) {
			u.ID += "/" + stamp(u.At) + "/" + hash(u.Text)
		}
		a.Updates = append(a.Updates, u)
	}
	return a
}
