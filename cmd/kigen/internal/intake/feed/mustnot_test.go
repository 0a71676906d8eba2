package feed_test

import (
	"strings"
	"unicode/utf8"

	"kigen/cmd/kigen/internal/intake/feed"
	"kigen/cmd/kigen/internal/intake/feed/follow"
	"kigen/cmd/kigen/internal/intake/feed/format"
	"kigen/sla/inbox"
)

// mustNot holds a story to what must not happen in it.
func (p *player) mustNot(id string) {
	switch id {
	case "second_incident", "component_as_incident", "recovery_as_incident", "noise_candidate":
		p.never(id, p.candidates() > p.want.Counts["candidates"])
	case "future_start", "impossible_time_used", "time_from_text", "zero_time", "zone_guessed", "wrong_year":
		p.soundTimes(id)
	case "maintenance_as_incident":
		p.each(func(i follow.Item) {
			_, occurred := i.Times()["occurred"]
			p.never(id, i.Kind == inbox.KindMaintenance && occurred)
		})
	case "resolved_by_absence", "recorded_from_page":
		p.each(func(i follow.Item) {
			p.never(id, !i.Gone.IsZero() && i.Phase == format.Resolved && i.Resolved.At.IsZero() || i.State == inbox.Recorded || i.State == inbox.Logged)
		})
	case "all_clear_from_failure", "first_poll_again":
		p.failuresChangeNothing(id)
	case "overdue_from_old":
		p.each(func(i follow.Item) {
			p.never(id, i.FirstSeen.Equal(p.story.Polls[0].At) && i.State == inbox.Candidate)
		})
	case "mojibake":
		p.each(func(i follow.Item) {
			text := i.Entry.Title + i.Text()
			p.never(id, strings.ContainsAny(text, "\ufffd\u00ef\u0083") || !utf8.ValidString(text))
		})
	case "ssrf", "off_host", "token_elsewhere", "fetched_more", "asked_too_soon", "body_over_cap_read", "page_lost":
		p.soundRequests(id)
	case "text_lost":
		p.each(func(i follow.Item) {
			for _, u := range i.Updates {
				p.never(id, len(u.Wordings) == 0 || u.Wordings[0].Seen.After(u.Seen))
			}
		})
	case "silent_time_change":
		p.each(func(i follow.Item) {
			for n, r := range i.Revisions {
				p.never(id, n > 0 && !r.Occurred.At.Equal(i.Revisions[n-1].Occurred.At) && len(r.Changed) == 0)
			}
		})
	case "severity_from_impact_none", "kind_lost":
		p.each(func(i follow.Item) {
			p.never(id, i.State == inbox.Candidate && i.Entry.Severity == "600" && i.Kind != inbox.KindSecurity)
		})
		p.never(id, p.want.Counts["security"] == 0)
	case "severity_guessed":
		p.each(func(i follow.Item) { p.never(id, i.Entry.Severity != "") })
	case "reopened":
		p.each(func(i follow.Item) { p.never(id, i.State == inbox.Candidate && i.Phase == format.Open) })
	case "revision_by_format":
		p.each(func(i follow.Item) {
			for _, r := range i.Revisions[1:] {
				p.never(id, len(r.Changed) == 0)
			}
		})
	case "email_promise_stopped":
		p.each(func(i follow.Item) {
			channel := p.poller.Source().Item(i).Channel
			p.never(id, channel != "status_page" && channel != "site")
		})
	case "redirect_answer": // the handler of hooks answers, and nothing here redirects
	default:
		p.Logf("%s: not known here", id)
	}
}

func (p *player) each(check func(follow.Item)) {
	for _, i := range p.state().Items {
		check(i)
	}
}

func (p *player) never(id string, happened bool) {
	p.Helper()
	if happened {
		p.Errorf("it must not happen: %s", id)
	}
}

// soundTimes: no start is later than our reading or the end, none is zero, and none is
// stated that no field states.
func (p *player) soundTimes(id string) {
	p.each(func(i follow.Item) {
		for name, at := range i.Times() {
			p.never(id, at.At.IsZero() || at.At.Year() < 2020)
			if name != "occurred" {
				continue
			}
			end := i.Times()["resolved"]
			p.never(id, at.At.After(i.FirstSeen) || !end.At.IsZero() && at.At.After(end.At) || at.Basis == format.Stated && i.Entry.Started.At.IsZero())
		}
	})
}

// failuresChangeNothing replays the failed polls alone: each leaves all items as they are.
func (p *player) failuresChangeNothing(id string) {
	for _, poll := range p.want.Polls {
		if !strings.HasPrefix(poll.Result, "failed") {
			continue
		}
		for n := range p.times[poll.Poll] {
			_, before := p.times[poll.Poll-1][n]
			p.never(id, !before)
		}
		p.each(func(i follow.Item) {
			for _, r := range i.Revisions {
				p.never(id, p.pollAt(r.At) == poll.Poll)
			}
			p.never(id, p.pollAt(i.Gone) == poll.Poll)
		})
	}
	p.never(id, p.last.Result == feed.Failed && p.poller.Health().OK())
}

// soundRequests: only the source was asked, for its documents and their pages alone.
func (p *player) soundRequests(id string) {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	for _, q := range p.server.requests {
		allowed := false
		for _, poll := range p.story.Polls {
			for _, r := range poll.Responses {
				allowed = allowed || r.Path == q.path
			}
		}
		p.never(id, q.host != "SELF" || !allowed || q.sent > 9<<20)
	}
}
