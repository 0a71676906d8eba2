package notify_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kigen/notify"
	"kigen/notify/fakeslack"
	"kigen/notify/slack"
	"kigen/sla"
	"kigen/sla/outbox"
)

// burst raises n alerts at one instant into one channel that keeps to Slack's
// limits, and returns when the last one was told.
func burst(t testing.TB, n int, f func(p *pipeline, took time.Duration)) {
	p := newPipeline(t, fakeslack.Options{EnforceRate: true})
	defer p.close()
	p.log(n)
	p.raise(0, outbox.ReasonOverdue, "soc")
	begun := time.Now()
	_, stop := p.run("soc", p.bot(nil), notify.Options{})
	time.Sleep(6 * time.Minute)
	stop()
	var last time.Time
	for _, m := range p.slack.Messages() {
		last = m.Posted
	}
	f(p, last.Sub(begun))
}

// refused counts the calls that the workspace answered with 429: those beyond
// what shows.
func refused(p *pipeline) int {
	return len(p.slack.Calls("chat.postMessage", "files.completeUploadExternal")) - len(p.slack.Messages())
}

// Ten thousand deadlines at one instant reach one channel in minutes, at
// Slack's pace, without a loss.
func TestBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		burst(t, 10_000, func(p *pipeline, took time.Duration) {
			p.checkTold(1)
			if took > 4*time.Minute {
				t.Errorf("took %s", took)
			}
			if n := refused(p); n != 0 {
				t.Errorf("%d requests were refused", n)
			}
			messages := p.slack.Messages()
			if n := len(messages); n > 215 {
				t.Errorf("%d messages", n)
			}
			summary := messages[0]
			for _, want := range []string{"10,000", "globex: 3,333", "Sotas: 3,334", "unassigned: 10,000", "(pages: 209)"} {
				if !strings.Contains(summary.Shown(), want) {
					t.Errorf("the summary lacks %q:\n%s", want, summary.Shown())
				}
			}
			for _, m := range messages[1:] {
				if m.ThreadTS != summary.TS {
					t.Fatalf("not in the summary's thread: %+v", m)
				}
			}
			checkCSV(t, messages[1].Files, 10_000)
		})
	})
}

func checkCSV(t *testing.T, files []fakeslack.File, want int) {
	t.Helper()
	if len(files) != 1 {
		t.Fatalf("%d files, want the list right after the summary", len(files))
	}
	data, marked := bytes.CutPrefix(files[0].Data, []byte("\ufeff"))
	records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil || !marked || len(records) != want+1 || records[1][0] != "KGN-1" || records[1][4] != "ログイン障害 & <others>" {
		t.Fatalf("%d records (%v), first %q", len(records), err, records[1])
	}
}

// Fifty are still told one by one; one more makes a digest.
func TestDigestsBeginAboveFifty(t *testing.T) {
	for n, summaries := range map[int]int{50: 0, 51: 1} {
		synctest.Test(t, func(t *testing.T) {
			burst(t, n, func(p *pipeline, _ time.Duration) {
				p.checkTold(1)
				found := 0
				for _, m := range p.slack.Messages() {
					if strings.HasPrefix(m.Key(slack.Key), "digest/") && m.ThreadTS == "" {
						found++
					}
				}
				if found != summaries {
					t.Errorf("%d alerts made %d digests, want %d", n, found, summaries)
				}
			})
		})
	}
}

// What changes later changes the page and the summary in place, however much
// changes at once, and neither posts nor updates wait for the other.
func TestDigestIsKeptUpToDate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		burst(t, 100, func(p *pipeline, _ time.Duration) {
			posts := len(p.slack.Messages())
			for i := range 96 {
				p.noticed(i)
			}
			_, stop := p.run("soc", p.bot(nil), notify.Options{})
			defer stop()
			time.Sleep(30 * time.Second)
			if n := len(p.slack.Messages()); n != posts {
				t.Errorf("%d new messages", n-posts)
			}
			if n := len(p.slack.Calls("chat.update")); n != 3 {
				t.Errorf("%d updates, want one of the summary and of each page that changed", n)
			}
			p.checkTold(1)
			messages := p.slack.Messages()
			if shown := messages[0].Shown(); !strings.Contains(shown, "notified: 96") {
				t.Errorf("summary:\n%s", shown)
			}
			green := 0
			for _, m := range messages {
				if m.ThreadTS != "" {
					green += strings.Count(m.Shown(), "late")
				}
			}
			if green != 96 {
				t.Errorf("%d of 96 lines were updated", green)
			}
		})
	})
}

// While Slack is away, posts go on merging into one digest, and what is
// superseded by then is not told.
func TestDigestGrowsDuringAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{EnforceRate: true})
		defer p.close()
		p.slack.FailWhen(func(fakeslack.Call) *fakeslack.Fault { return fakeslack.HangUp().Ptr() })
		wake, stop := p.run("soc", p.bot(nil), notify.Options{})
		for hour := range 24 {
			p.log(20)
			p.raise(20*hour, outbox.ReasonOverdue, "soc")
			wake()
			time.Sleep(time.Hour)
		}
		p.slack.FailWhen(nil)
		time.Sleep(20 * time.Minute)
		stop()
		p.checkTold(1)
		if n := len(p.slack.Messages()); n > 40 {
			t.Errorf("%d messages after the outage", n)
		}
		if n := len(p.slack.Calls()); n > 400 {
			t.Errorf("%d requests, most of them while Slack was away", n)
		}
	})
}

// A bot that may not upload tells everything all the same, and says that there
// is no file.
func TestDigestWithoutTheRightToUpload(t *testing.T) {
	for _, fault := range []fakeslack.Fault{fakeslack.Says("missing_scope"), fakeslack.Says("file_uploads_disabled"), fakeslack.Status(403)} {
		synctest.Test(t, func(t *testing.T) {
			p := newPipeline(t, fakeslack.Options{EnforceRate: true})
			defer p.close()
			p.log(60)
			p.raise(0, outbox.ReasonOverdue, "soc")
			p.slack.FailWhen(func(c fakeslack.Call) *fakeslack.Fault {
				if strings.HasPrefix(c.Method, "files.") {
					return fault.Ptr()
				}
				return nil
			})
			_, stop := p.run("soc", p.bot(nil), notify.Options{})
			time.Sleep(30 * time.Second)
			stop()
			p.checkTold(1)
			if m := p.slack.Messages()[1]; m.ThreadTS == "" || !strings.Contains(m.Shown(), "could not be uploaded") {
				t.Errorf("nothing says that there is no file: %s", m.Shown())
			}
		})
	}
}

// Where there are no threads, one message holds the whole list.
func TestDigestInOneMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{})
		defer p.close()
		p.log(300)
		p.raise(0, outbox.ReasonOverdue, "terminal")
		var out paper
		wake, stop := p.run("terminal", notify.NewConsole(&out, false), notify.Options{})
		time.Sleep(time.Minute)
		if n := strings.Count(out.String(), "KGN-"); n != 301 { // the oldest is named twice
			t.Errorf("%d incidents printed:\n%.800s", n, out.String())
		}
		out.Reset()
		p.noticed(7)
		wake()
		time.Sleep(time.Minute)
		stop()
		if n := strings.Count(out.String(), "\n"); n != 1 || !strings.Contains(out.String(), "KGN-8") {
			t.Errorf("after the notice:\n%s", out.String())
		}
	})
}

// However long the texts are, a page stays within Slack's limits: the fake
// refuses what Slack would.
func TestLongestPage(t *testing.T) {
	lines := make([]outbox.Line, 48)
	for i := range lines {
		lines[i] = outbox.Line{
			Incident: sla.IncidentID(1_000_000 + i), Vendor: strings.Repeat("&", 80), Service: strings.Repeat("<", 80),
			Title: strings.Repeat("&", 400), State: sla.Overdue, Due: may7(9, 0).AddDate(-1, 0, 0),
			Acknowledged: sla.Acknowledgement{By: strings.Repeat(">", 90), At: may7(9, 0)},
		}
	}
	d := &outbox.Delivery{
		Key: "digest/1@soc/209", Kind: outbox.Page, Alert: outbox.Alert{Key: "digest/1", Reason: outbox.ReasonDigest, At: may7(9, 0)},
		Digest: &outbox.Digest{Part: 209, Pages: 209, Lines: lines},
	}
	for _, base := range []string{"", "https://kigen.example/", "https://" + strings.Repeat("a", 60) + ".example/", "https://" + strings.Repeat("a", 300) + ".example/"} {
		for _, lang := range []string{"ja", "en"} {
			for _, plain := range []bool{false, true} {
				fake := fakeslack.New(fakeslack.Options{Token: token, Channels: []string{channelID}})
				bot := slack.New(slack.Options{Token: token, Channel: channelID, Transport: fake.RoundTripper()})
				w := writer(lang)
				w.BaseURL = base
				m := w.Write(d, may7(10, 0))
				m.Plain = plain
				if _, err := bot.Post(t.Context(), m); err != nil {
					t.Fatalf("%s %s plain %v: %v", base, lang, plain, err)
				}
				shown := fake.Messages()[0].Shown()
				for i := range lines {
					if !strings.Contains(shown, fmt.Sprintf("KGN-%d", 1_000_000+i)) {
						t.Fatalf("%.30s %s plain %v lacks line %d", base, lang, plain, i)
					}
				}
			}
		}
	}
}

// inBubble runs f in a bubble, which only a test can have.
func inBubble(b *testing.B, f func(t *testing.T)) {
	b.Helper()
	all := func(string, string) (bool, error) { return true, nil }
	test := testing.InternalTest{Name: b.Name(), F: func(t *testing.T) { synctest.Test(t, f) }}
	if !testing.RunTests(all, []testing.InternalTest{test}) {
		b.Fatal("failed")
	}
}

// BenchmarkBurst tells ten thousand alerts that fall due at one instant:
//
//	go test -run '^$' -bench Burst -benchtime 1x ./notify
func BenchmarkBurst(b *testing.B) {
	for range b.N {
		inBubble(b, func(t *testing.T) {
			burst(t, 10_000, func(p *pipeline, took time.Duration) {
				told := p.told()
				lost, repeats := 0, 0
				for _, inc := range p.incs {
					n := told[inc.ID.String()]
					if n == 0 {
						lost++
					}
					repeats += max(n-1, 0)
				}
				b.ReportMetric(took.Seconds(), "virtual-s")
				b.ReportMetric(float64(lost), "lost")
				b.ReportMetric(float64(repeats), "repeats")
				b.ReportMetric(float64(refused(p)), "429s")
				b.ReportMetric(float64(len(p.slack.Messages())), "messages")
			})
		})
	}
}
