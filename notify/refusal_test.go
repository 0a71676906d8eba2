package notify_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kigen/notify"
	"kigen/notify/fakeslack"
	"kigen/sla/outbox"
)

// told by the fallback are texts that it shows of a refused message.
const refusedThere = "which refused this message"

// stateOf reads how the delivery of an incident's alert at a destination stands.
func (p *pipeline) stateOf(which int, reason outbox.Reason, destination string) (state outbox.DeliveryState, why string) {
	p.Helper()
	rows := p.rows(fmt.Sprintf(`SELECT d.state, d.last_error FROM deliveries d JOIN alerts a ON a.id = d.alert_id
		WHERE a.incident_id = %d AND a.reason = '%s' AND d.destination = '%s' AND d.kind = 'post' ORDER BY d.id DESC`,
		p.incs[which].ID, reason, destination))
	if len(rows) == 0 {
		return "", ""
	}
	return outbox.DeliveryState(rows[0][0]), rows[0][1]
}

// A message that a webhook refuses, by whatever status, is put aside at once,
// its alert is at the fallback at once, and all others come as if it were not
// there.
func TestARefusedMessageHoldsUpNoOther(t *testing.T) {
	for _, status := range []int{400, 403, 404, 405, 410, 413, 415, 422, 451} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPipeline(t, fakeslack.Options{})
				defer p.close()
				p.log(1)
				bad := p.incs[0].ID
				hook := &scriptHook{judge: func(c hookCall) (int, http.Header) {
					if incidentIDs.FindString(c.Text) == bad.String() {
						return status, nil
					}
					return 0, nil
				}}
				var out paper
				lead, stopLead := p.run("lead", notify.NewConsole(&out, false), notify.Options{})
				wake, stop := p.run("siem", hook.destination(), notify.Options{Fallback: "lead", FailedOver: lead})
				defer stopLead()
				defer stop()
				p.raise(0, outbox.ReasonOverdue, "siem")
				wake()
				time.Sleep(2 * time.Second)
				synctest.Wait()
				if state, why := p.stateOf(0, outbox.ReasonOverdue, "siem"); state != outbox.DeliveryRefused || !strings.Contains(why, fmt.Sprint(status)) {
					t.Errorf("the refused message is %s (%s)", state, why)
				}
				if n := strings.Count(out.String(), refusedThere); n != 1 {
					t.Errorf("the fallback told it %d times, want once:\n%s", n, out.String())
				}
				p.otherAlertsComeSoon(hook, wake, 30)
				if n := strings.Count(out.String(), "Meant for siem"); n != 1 {
					t.Errorf("the fallback told %d alerts, want the refused one alone", n)
				}
			})
		})
	}
}

// otherAlertsComeSoon logs an incident a minute and holds that each arrives
// within two seconds.
func (p *pipeline) otherAlertsComeSoon(hook *scriptHook, wake func(), count int) {
	p.Helper()
	for range count {
		p.log(1)
		which := len(p.incs) - 1
		p.raise(which, outbox.ReasonOverdue, "siem")
		raised := time.Now()
		wake()
		time.Sleep(time.Minute)
		synctest.Wait()
		at := hook.takenAt(fmt.Sprintf("overdue/%d/", p.incs[which].ID))
		if at.IsZero() || at.Sub(raised) > 2*time.Second {
			p.Errorf("%s came after %s (zero: not at all)", p.incs[which].ID, at.Sub(raised))
		}
	}
}

// What a receiver refused for a while (it was being installed anew and answered
// 404) arrives when it no longer does, without a fallback, too.
func TestARefusalThatPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{})
		defer p.close()
		begun := time.Now()
		hook := &scriptHook{judge: func(c hookCall) (int, http.Header) {
			if c.At.Sub(begun) < 2*time.Minute {
				return http.StatusNotFound, nil
			}
			return 0, nil
		}}
		p.log(1)
		p.raise(0, outbox.ReasonOverdue, "siem")
		_, stop := p.run("siem", hook.destination(), notify.Options{})
		defer stop()
		time.Sleep(7 * time.Minute)
		if at := hook.takenAt("overdue/"); at.IsZero() {
			t.Error("did not arrive after the receiver was back")
		}
		if n := len(hook.asked()); n > 4 { // twice in its two forms at most
			t.Errorf("%d requests", n)
		}
	})
}

// What was put aside is tried again when kigen starts anew, unless a later
// message of its incident has arrived meanwhile.
func TestRefusedMessagesAfterARestart(t *testing.T) {
	for name, later := range map[string]bool{"still missed": false, "said by a repeat": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPipeline(t, fakeslack.Options{})
				defer p.close()
				var refuse atomic.Bool
				refuse.Store(true)
				hook := &scriptHook{judge: func(c hookCall) (int, http.Header) {
					if refuse.Load() {
						return http.StatusUnprocessableEntity, nil
					}
					return 0, nil
				}}
				p.log(1)
				p.raise(0, outbox.ReasonOverdue, "siem")
				wake, stop := p.run("siem", hook.destination(), notify.Options{})
				time.Sleep(time.Minute)
				refuse.Store(false)
				if later {
					p.raise(0, outbox.ReasonRepeat, "siem")
					wake()
					time.Sleep(time.Minute)
				}
				stop()
				_, stop = p.run("siem", hook.destination(), notify.Options{})
				time.Sleep(2 * time.Second)
				stop()
				if arrived := !hook.takenAt("overdue/").IsZero(); arrived == later {
					t.Errorf("the refused message arrived: %t", arrived)
				}
			})
		})
	}
}

// Words that speak of the channel or of everything, listed or never heard of,
// end at the fallback, with the alert itself and once each; when the channel is
// repaired, it has every alert, once.
func TestAChannelThatRefusesEverything(t *testing.T) {
	for _, word := range []string{
		"message_limit_exceeded", "posting_to_general_channel_denied", "restricted_action", "token_revoked",
		"a_word_of_tomorrow", "invalid_blocks",
	} {
		t.Run(word, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFallen(t)
				defer f.close()
				f.slack.FailWhen(func(fakeslack.Call) *fakeslack.Fault { return fakeslack.Says(word).Ptr() })
				for n := range 12 {
					f.log(1)
					f.raise(n, outbox.ReasonOverdue, "soc")
					f.wake()
					time.Sleep(40 * time.Second)
					if shown := f.shown(); shown != n+1 {
						t.Fatalf("the fallback told %d of %d alerts 40 s after the last", shown, n+1)
					}
					if id := f.incs[n].ID.String(); !strings.Contains(f.out.String(), id) {
						t.Errorf("the fallback does not tell of %s", id)
					}
				}
				f.slack.FailWhen(nil)
				time.Sleep(6 * time.Minute)
				f.stopBoth()
				f.checkTold(1)
				if n := f.shown(); n != 12 {
					t.Errorf("the fallback told %d in the end, want each once", n)
				}
			})
		})
	}
}

// Many refused messages one after the other look like a destination that
// refuses everything, but only until another one passes: after that they hold
// up nobody, also when kigen starts anew.
func TestManyRefusedMessagesHoldUpOthersOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{})
		defer p.close()
		p.log(5)
		bad := map[string]bool{}
		for _, inc := range p.incs {
			bad[inc.ID.String()] = true
		}
		hook := &scriptHook{judge: func(c hookCall) (int, http.Header) {
			if bad[incidentIDs.FindString(c.Text)] {
				return http.StatusBadRequest, nil
			}
			return 0, nil
		}}
		wake, stop := p.run("siem", hook.destination(), notify.Options{})
		p.raise(0, outbox.ReasonOverdue, "siem")
		wake()
		time.Sleep(time.Second)
		p.log(1)
		p.raise(5, outbox.ReasonOverdue, "siem") // the probe that passes
		time.Sleep(6 * time.Minute)
		p.otherAlertsComeSoon(hook, wake, 70) // across their next tries
		stop()
		wake, stop = p.run("siem", hook.destination(), notify.Options{})
		defer stop()
		p.otherAlertsComeSoon(hook, wake, 10)
		for n := range 5 {
			if state, _ := p.stateOf(n, outbox.ReasonOverdue, "siem"); state != outbox.DeliveryRefused {
				t.Errorf("the message of %s is %s", p.incs[n].ID, state)
			}
		}
	})
}

// A page that Slack refuses for one of its lines is told line by line, so that
// one alert alone is put aside.
func TestARefusedPageIsToldLineByLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{EnforceRate: true})
		defer p.close()
		p.log(60)
		bad := p.incs[30].ID.String()
		p.slack.FailWhen(func(c fakeslack.Call) *fakeslack.Fault {
			if c.Method == "chat.postMessage" && slices.Contains(incidentIDs.FindAllString(c.Args["text"], -1), bad) {
				return fakeslack.Says("invalid_blocks").Ptr()
			}
			return nil
		})
		p.raise(0, outbox.ReasonOverdue, "soc")
		_, stop := p.run("soc", p.bot(nil), notify.Options{})
		defer stop()
		time.Sleep(4 * time.Minute)
		synctest.Wait()
		told := p.told()
		for n, inc := range p.incs {
			if want := n != 30; (told[inc.ID.String()] == 1) != want {
				t.Errorf("%s was told %d times", inc.ID, told[inc.ID.String()])
			}
		}
		if state, _ := p.stateOf(30, outbox.ReasonOverdue, "soc"); state != outbox.DeliveryRefused {
			t.Errorf("the bad one is %s", state)
		}
	})
}

// rows reads the answer to a query past the store, as texts.
func (p *pipeline) rows(query string) (all [][]string) {
	p.Helper()
	pool, err := sql.Open("sqlite3", p.db.Path())
	p.must(err)
	defer func() { _ = pool.Close() }()
	found, err := pool.QueryContext(context.Background(), query)
	p.must(err)
	defer func() { _ = found.Close() }()
	columns, err := found.Columns()
	p.must(err)
	for found.Next() {
		row := make([]string, len(columns))
		into := make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		p.must(found.Scan(into...))
		all = append(all, row)
	}
	p.must(found.Err())
	return all
}
