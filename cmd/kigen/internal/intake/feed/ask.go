package feed

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"

	"kigen/cmd/kigen/internal/intake/feed/fetch"
	"kigen/cmd/kigen/internal/intake/feed/follow"
	"kigen/cmd/kigen/internal/intake/feed/format"
	"kigen/sla/inbox"
)

// maxPages bounds the pages of one document.
const maxPages = 50

// answers are the documents of one poll.
type answers struct {
	state        follow.State // with the validators of what was read
	reads        []follow.Read
	result       Result
	err, partial error
	skew         time.Duration
}

// ask asks for all documents. The first one decides whether the poll succeeds; another
// one that fails leaves what it said before.
func (p *Poller) ask(ctx context.Context, state follow.State) answers {
	docs := p.source.Documents
	planned := func(h follow.Hint) bool { return h.Entry.Kind == inbox.KindMaintenance }
	if extra, ok := p.source.maintenances(); ok && slices.ContainsFunc(state.Hints, planned) {
		docs = append(slices.Clone(docs), extra)
	}
	state.Docs = maps.Clone(state.Docs)
	if state.Docs == nil {
		state.Docs = map[string]follow.Doc{}
	}
	a := answers{state: state, result: NotModified}
	for n, d := range docs {
		read, doc, skew, err := p.document(ctx, d, state.Docs[d.Name])
		switch {
		case err != nil && n == 0:
			a.result, a.err, a.reads = Failed, err, nil
			return a
		case err != nil:
			a.partial = fmt.Errorf("%s: %w", d.Name, err)
			continue
		}
		if n == 0 {
			a.skew = skew
		}
		if !read.Unmodified {
			a.result = OK
		}
		a.state.Docs[d.Name] = doc
		a.reads = append(a.reads, read)
	}
	return a
}

// document asks for one document with all its pages and reads it.
func (p *Poller) document(ctx context.Context, d Document, known follow.Doc) (follow.Read, follow.Doc, time.Duration, error) {
	read := follow.Read{Name: d.Name}
	r := fetch.Request{URL: d.URL, ETag: known.ETag, LastModified: known.LastModified}
	if p.source.Token != nil {
		token, err := p.source.Token(ctx)
		if err != nil {
			return read, known, 0, fmt.Errorf("no token for the source: %w", err)
		}
		r.Token = token
	}
	anchor := p.source.Anchor
	if anchor == "" {
		anchor = known.Anchor
	}
	var skew time.Duration
	asked := map[string]bool{}
	for page := 0; ; page++ {
		asked[r.URL] = true
		answer, err := p.o.Get.Get(ctx, r)
		if err != nil {
			return read, known, 0, err
		}
		if page == 0 {
			skew = answer.Skew
		}
		if answer.NotModified {
			read.Unmodified = page == 0
			if page > 0 {
				return read, known, 0, errors.New("a page of the document says that it has not changed, without having been asked")
			}
			return read, known, skew, nil
		}
		part, err := format.Parse(d.Format, answer.Body, format.Options{URL: r.URL, ContentType: answer.ContentType, Anchor: anchor, Select: d.Select, MustContain: d.MustContain})
		if err != nil {
			return read, known, 0, err
		}
		if page == 0 {
			read.Document = part
			known.ETag, known.LastModified = answer.ETag, answer.LastModified
		} else {
			read.Document.Entries = append(read.Document.Entries, part.Entries...)
		}
		if part.Next == "" {
			return read, known, skew, nil
		}
		// The first page alone does not tell whether another one has changed.
		known.ETag, known.LastModified = "", ""
		if err := turn(d.URL, part.Next, asked); err != nil {
			return read, known, 0, err
		}
		r.URL, r.ETag, r.LastModified = part.Next, "", ""
	}
}

// turn refuses a next page on another host: the token would go there.
func turn(from, to string, asked map[string]bool) error {
	a, err := url.Parse(from)
	if err != nil {
		return err
	}
	b, err := url.Parse(to)
	if err != nil || a.Scheme != b.Scheme || a.Host != b.Host {
		return &fetch.Error{Reason: fetch.OtherHost, Err: errors.New("the document goes on at another host, where kigen does not follow")}
	}
	if asked[to] || len(asked) >= maxPages {
		return &fetch.Error{Reason: fetch.Redirects, Err: fmt.Errorf("the document has more than %d pages, or goes in a circle", maxPages)}
	}
	return nil
}
