package notify_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kigen/notify"
	"kigen/notify/fakeslack"
	"kigen/notify/slack"
	"kigen/notify/wire"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
)

// reportFiles are what goes with october: bytes that no text is.
func reportFiles() []outbox.Attachment {
	return []outbox.Attachment{
		{Name: "kigen-2026-10.pdf", Type: "application/pdf", Data: []byte("%PDF-1.7\x00\xff\r\n")},
		{Name: "kigen-2026-10.xlsx", Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Data: bytes.Repeat([]byte{'P', 'K', 0, 0xfe}, 3000)},
	}
}

// issue raises the report of October.
func (p *pipeline) issue(to ...string) {
	p.Helper()
	p.issueAs("report/2026-10", to...)
}

// issueAs raises the report of October under a key.
func (p *pipeline) issueAs(key string, to ...string) {
	p.Helper()
	body, err := json.Marshal(map[string]any{
		"title": "Monthly report October 2026: 50.0% compliance (1 of 2)", "lines": []string{"Sotas: 2 incidents"}, "link": "/reports/2026-10",
		"files": []map[string]string{
			{"name": "kigen-2026-10.pdf", "title": "Monthly report October 2026 (PDF)", "link": "/reports/2026-10?format=pdf"},
			{"name": "kigen-2026-10.xlsx", "title": "Monthly report October 2026 (XLSX)", "link": "/reports/2026-10?format=xlsx"},
		},
	})
	p.must(err)
	p.must(p.db.Update(context.Background(), func(tx tracker.Tx) error {
		_, err := tx.Raise(context.Background(), &outbox.Alert{
			Key: key, Reason: outbox.ReasonReport, At: time.Now(), To: to, Body: body, Files: reportFiles(),
		})
		return err
	}))
}

// checkShared holds that the channel shows the summary once and, in its thread,
// every file once, byte for byte.
func (p *pipeline) checkShared() {
	p.Helper()
	messages := p.slack.Messages()
	if len(messages) != 3 {
		p.Fatalf("%d messages, want the summary and two files: %+v", len(messages), messages)
	}
	if summary := messages[0]; summary.ThreadTS != "" || !strings.Contains(summary.Shown(), "50.0%") {
		p.Errorf("the summary is %q in %q", summary.Shown(), summary.ThreadTS)
	}
	shared := map[string]fakeslack.File{}
	for _, m := range messages[1:] {
		if len(m.Files) != 1 || m.ThreadTS != messages[0].TS {
			p.Fatalf("no file, or not in the thread: %+v", m)
		}
		shared[m.Files[0].Name] = m.Files[0]
	}
	for _, want := range reportFiles() {
		if f := shared[want.Name]; !bytes.Equal(f.Data, want.Data) || !strings.HasPrefix(f.Title, "Monthly report October 2026 (") {
			p.Errorf("%s is %q with %d bytes", want.Name, f.Title, len(f.Data))
		}
	}
	if at, waiting, err := p.db.OldestUnsent(context.Background()); waiting || err != nil {
		p.Errorf("something waits since %s (%v)", at, err)
	}
}

// However an upload fails, and whether or not Slack has the file all the same,
// it is there once in the end.
func TestReportFilesArriveOnce(t *testing.T) {
	for name, fault := range map[string]fakeslack.Fault{
		"limited": fakeslack.TooMany("7"), "refused": fakeslack.Status(500),
		"taken": fakeslack.Status(500).Accepted(), "lost": fakeslack.HangUp(), "taken, silent": fakeslack.BlackHole().Accepted(),
		"taken, {}": fakeslack.Body("{}").Accepted(),
	} {
		for _, method := range []string{"chat.postMessage", "files.getUploadURLExternal", "upload", "files.completeUploadExternal"} {
			t.Run(name+" "+method, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := newPipeline(t, fakeslack.Options{EnforceRate: true, HistoryLag: 3 * time.Second})
					defer p.close()
					failed := false
					p.slack.FailWhen(func(c fakeslack.Call) *fakeslack.Fault {
						if failed || c.Method != method {
							return nil
						}
						failed = true
						return fault.Ptr()
					})
					p.issue("soc")
					_, stop := p.run("soc", p.bot(nil), notify.Options{})
					time.Sleep(20 * time.Minute)
					stop()
					if !failed {
						t.Fatal("never asked")
					}
					p.checkShared()
				})
			})
		}
	}
}

// busyOutbox raises a second report at the worst moment: a file of the first is
// due, what waits was merged, and nothing is claimed yet.
type busyOutbox struct {
	notify.Outbox
	pipeline *pipeline
	raised   bool
}

func (b *busyOutbox) Merge(ctx context.Context, destination string, now time.Time, form outbox.DigestForm) (int, error) {
	n, err := b.Outbox.Merge(ctx, destination, now, form)
	if !b.raised && len(b.pipeline.slack.Messages()) == 1 {
		b.raised = true
		b.pipeline.issueAs("report/2026-10/sent/1", destination)
	}
	return n, err
}

// A report that is raised while another one's files are going out keeps its own.
func TestReportAmongFilesKeepsItsFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{EnforceRate: true})
		defer p.close()
		p.issue("soc")
		busy := &busyOutbox{Outbox: p.db, pipeline: p}
		_, stop := p.runOn(busy, "soc", p.bot(nil), notify.Options{})
		time.Sleep(20 * time.Minute)
		stop()
		files := map[string]int{} // by thread; a summary has none of its own
		for _, m := range p.slack.Messages() {
			if m.ThreadTS == "" {
				files[m.TS] += 0
			}
			files[m.ThreadTS] += len(m.Files)
		}
		delete(files, "")
		if len(files) != 2 {
			t.Fatalf("%d reports arrived, want 2", len(files))
		}
		for thread, n := range files {
			if n != len(reportFiles()) {
				t.Errorf("the report %s has %d files", thread, n)
			}
		}
	})
}

// Killed between the summary and the files, and while a file is on its way.
func TestReportFilesSurviveACrash(t *testing.T) {
	for _, life := range []time.Duration{0, time.Millisecond, 900 * time.Millisecond, 1100 * time.Millisecond, 2500 * time.Millisecond} {
		t.Run(life.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPipeline(t, fakeslack.Options{EnforceRate: true})
				defer p.close()
				p.slack.FailWhen(func(c fakeslack.Call) *fakeslack.Fault {
					if strings.HasPrefix(c.Method, "files.complete") && c.N < 6 {
						return fakeslack.BlackHole().Accepted().Ptr() // on its way when the end comes
					}
					return nil
				})
				p.issue("soc")
				_, stop := p.run("soc", p.bot(nil), notify.Options{Grace: time.Millisecond})
				time.Sleep(life)
				stop()
				_, stop = p.run("soc", p.bot(nil), notify.Options{})
				time.Sleep(20 * time.Minute)
				stop()
				p.checkShared()
			})
		})
	}
}

// A bot that may not upload says so in the thread, and where the file is.
func TestReportFilesThatAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{EnforceRate: true})
		defer p.close()
		p.slack.FailWhen(func(c fakeslack.Call) *fakeslack.Fault {
			if strings.HasPrefix(c.Method, "files.") {
				return fakeslack.Says("missing_scope").Ptr()
			}
			return nil
		})
		p.issue("soc")
		_, stop := p.run("soc", p.bot(nil), notify.Options{})
		time.Sleep(20 * time.Minute)
		stop()
		messages := p.slack.Messages()
		if len(messages) != 3 {
			t.Fatalf("%d messages", len(messages))
		}
		for i, name := range []string{"PDF", "XLSX"} {
			text := messages[i+1].Text
			if messages[i+1].ThreadTS != messages[0].TS || !strings.Contains(text, "could not be attached") ||
				!strings.Contains(text, "("+name+")") || !strings.Contains(text, "/reports/2026-10?format="+strings.ToLower(name)) {
				t.Errorf("instead of the %s: %q", name, text)
			}
		}
	})
}

// A channel that is broken: its fallback gets the report with its files, and
// the channel, when it is back, too. A file whose message is not needed any
// more goes nowhere.
func TestReportAtTheFallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{EnforceRate: true, Channels: []string{channelID, "C0SPARE"}})
		defer p.close()
		p.slack.Archive(channelID)
		spare := slack.New(slack.Options{Token: token, Channel: "C0SPARE", Transport: p.slack.RoundTripper()})
		wakeSpare, stopSpare := p.run("spare", spare, notify.Options{})
		p.issue("soc")
		_, stop := p.run("soc", p.bot(nil), notify.Options{Fallback: "spare", FailedOver: wakeSpare})
		time.Sleep(20 * time.Minute)
		stop()
		stopSpare()
		files := 0
		for _, m := range p.slack.Messages() {
			if m.Channel != "C0SPARE" {
				t.Errorf("%s shows %s", m.Channel, m.Shown())
			}
			files += len(m.Files)
		}
		if files != 2 {
			t.Errorf("the fallback has %d files", files)
		}
	})
}

// A mail carries the files itself: it arrives whole or not at all.
func TestReportByMail(t *testing.T) {
	server, address := serveMail(t, false, nil)
	p := newPipeline(t, fakeslack.Options{})
	defer p.close()
	p.issue("lead", "siem")
	d, err := p.db.NextDelivery(t.Context(), "lead", time.Now().Add(time.Second))
	if err != nil || d == nil {
		t.Fatal(d, err)
	}
	if _, err := mailboxesAt(t, "smtp://"+address, nil).Post(t.Context(), writer("ja").Write(d, time.Now())); err != nil {
		t.Fatal(err)
	}
	names := checkMailed(t, server.received()[0].Message(t))
	if strings.Join(names, " ") != "kigen-2026-10.pdf kigen-2026-10.xlsx" {
		t.Errorf("attached are %q", names)
	}
}

// checkMailed compares what is attached with what was to be, and returns the
// names.
func checkMailed(t *testing.T, letter *mail.Message) (names []string) {
	t.Helper()
	_, params, err := mime.ParseMediaType(letter.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	for parts := multipart.NewReader(letter.Body, params["boundary"]); ; {
		part, err := parts.NextPart()
		if err == io.EOF {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range reportFiles() {
			if part.FileName() != want.Name {
				continue
			}
			got, err := io.ReadAll(base64Reader(part))
			if err != nil || !bytes.Equal(got, want.Data) || part.Header.Get("Content-Type") == "" {
				t.Errorf("%s has %d bytes (%v), want %d", want.Name, len(got), err, len(want.Data))
			}
			names = append(names, want.Name)
		}
	}
}

// A webhook gets the summary with links.
func TestReportByWebhook(t *testing.T) {
	url, got := receiver(t, 200)
	p := newPipeline(t, fakeslack.Options{})
	defer p.close()
	p.issue("siem")
	d, err := p.db.NextDelivery(t.Context(), "siem", time.Now().Add(time.Second))
	if err != nil || d == nil {
		t.Fatal(d, err)
	}
	if _, err := notify.NewWebhook(notify.WebhookOptions{URL: url}).Post(t.Context(), writer("ja").Write(d, time.Now())); err != nil {
		t.Fatal(err)
	}
	var body struct {
		Title, Link string
		Files       []struct{ Name, Title, Link string }
	}
	decode(t, (*got)[0].body, &body)
	if len(body.Files) != 2 || !strings.HasSuffix(body.Files[0].Link, "/reports/2026-10?format=pdf") || !strings.Contains(body.Link, "://") {
		t.Errorf("body %s", (*got)[0].body)
	}
}

// light is a destination that finds every message with a file too large, and
// then everything but bare text.
type light struct {
	notify.Destination
	mu    sync.Mutex
	taken []wire.Message
}

func (l *light) Post(_ context.Context, m *wire.Message) (outbox.Receipt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(m.Attachments) > 0 {
		return outbox.Receipt{}, &wire.Failure{Kind: wire.Refused, Reason: "552 message size exceeds fixed limit"}
	}
	l.taken = append(l.taken, *m)
	return outbox.Receipt{TS: m.Key}, nil
}

// A report that is too large goes as its summary, with links to the files. So
// does a digest with its list as a file.
func TestWhatIsTooLargeGoesWithoutItsFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{})
		defer p.close()
		lead := &light{}
		_, stop := p.run("lead", lead, notify.Options{})
		defer stop()
		p.issue("lead")
		p.log(60)
		p.raise(0, outbox.ReasonOverdue, "lead")
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if len(lead.taken) != 2 {
			t.Fatalf("%d messages taken, want the report and the digest", len(lead.taken))
		}
		for _, m := range lead.taken {
			if !strings.Contains(m.Text, "The files could not be sent along") {
				t.Errorf("does not say that its files are missing:\n%s", m.Text)
			}
			if m.Status != wire.StatusReport {
				if n := len(incidentIDs.FindAllString(m.Text, -1)); n < 60 {
					t.Errorf("the digest names %d of 60 incidents", n)
				}
				continue
			}
			for _, link := range []string{"50.0%", "https://kigen.example/reports/2026-10?format=pdf", "https://kigen.example/reports/2026-10?format=xlsx"} {
				if !strings.Contains(m.Text, link) {
					t.Errorf("the report lacks %s:\n%s", link, m.Text)
				}
			}
		}
	})
}

// A file that somebody changed in the database does not go out.
func TestAChangedFileIsNotSent(t *testing.T) {
	p := newPipeline(t, fakeslack.Options{})
	p.issue("lead")
	pool := raw(t, p.db.Path())
	if _, err := pool.ExecContext(t.Context(), `UPDATE files SET body = x'00'`); err != nil {
		t.Fatal(err)
	}
	d, err := p.db.NextDelivery(t.Context(), "lead", time.Now().Add(time.Second))
	if err != nil || d == nil || len(d.Files) > 0 || !strings.Contains(d.Unreadable, "kigen-2026-10.pdf was changed") {
		t.Fatalf("got %+v, %v", d, err)
	}
	if m := writer("en").Write(d, time.Now()); !strings.Contains(m.Title, "report/2026-10 cannot be read: ") || len(m.Attachments) > 0 {
		t.Errorf("the message says %q with %d files", m.Title, len(m.Attachments))
	}
	if err := p.db.Verify(t.Context()); err == nil || !strings.Contains(err.Error(), "was changed after it was kept") {
		t.Errorf("verify: %v", err)
	}
	p.must(p.db.Close())
}

func base64Reader(r io.Reader) io.Reader { return base64.NewDecoder(base64.StdEncoding, r) }

func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	pool, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return pool
}
