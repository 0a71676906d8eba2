package main_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"kigen/notify/fakeslack"
	"kigen/notify/slack"
	"kigen/store/pgtest"
)

// recordTerms makes the database record each leadership with the transaction that begins it.
func (c *chaos) recordTerms() {
	c.t.Helper()
	schema := pgtest.Schema(c.t, c.place)
	c.cluster.Exec(c.t, `CREATE SCHEMA observed AUTHORIZATION kigen`)
	c.cluster.Exec(c.t, `CREATE TABLE observed.terms (term BIGINT NOT NULL, holder TEXT NOT NULL, at TIMESTAMPTZ NOT NULL, until TIMESTAMPTZ)`)
	c.cluster.Exec(c.t, `GRANT ALL ON observed.terms TO kigen`)
	c.cluster.Exec(c.t, `CREATE FUNCTION observed.note() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN
		IF TG_OP = 'INSERT' THEN
			INSERT INTO observed.terms VALUES (NEW.term, NEW.holder, clock_timestamp(), NULL);
		ELSIF NEW.term <> OLD.term OR NEW.holder <> OLD.holder THEN
			INSERT INTO observed.terms VALUES (NEW.term, NEW.holder, clock_timestamp(), OLD.until);
		END IF;
		RETURN NULL;
	END $$`)
	c.cluster.Exec(c.t, `CREATE TRIGGER observed AFTER INSERT OR UPDATE ON `+schema+`.leadership FOR EACH ROW EXECUTE FUNCTION observed.note()`)
}

// rest ends all faults and waits until everything is sent.
func (c *chaos) rest(l *chaosLoad) {
	c.t.Helper()
	begun := time.Now()
	c.trap.calm()
	for _, r := range c.replicas {
		if r.path == c.binary(ahead) {
			r.end(syscall.SIGTERM)
			r.begin(c.binary(steady))
		}
	}
	db := pgtest.Open(c.t, c.place)
	const open = `SELECT (SELECT COUNT(*) FROM deliveries WHERE state IN ('pending', 'sending', 'unknown'))
		+ (SELECT COUNT(*) FROM clocks WHERE state IN ('running', 'at_risk') AND due_at IS NOT NULL)`
	var left int
	defer func() {
		if c.t.Failed() {
			c.t.Logf("%d left", left)
			c.describe(db)
		}
	}()
	eventually(c.t, 5*time.Minute, "all alerts to be raised and sent", func() bool {
		err := db.QueryRowContext(c.t.Context(), open).Scan(&left)
		return err == nil && left == 0
	})
	c.t.Logf("%d incidents logged by %d requests; all sent %s after the last event", len(l.logged), l.requests, time.Since(begun).Round(time.Second))
}

// delivered is what the database says of one message: of an alert at one destination, of a
// digest, or of a part of one.
type delivered struct {
	title, destination, key, kind, state, page string
	premature, repeat                          bool
}

func (c *chaos) deliveries(db *sql.DB) (all []delivered) {
	c.t.Helper()
	rows, err := db.QueryContext(c.t.Context(), `SELECT COALESCE(i.title, ''), d.destination, d.key, d.kind, d.state, COALESCE(p.key, ''), a.premature = 1, d.possible_repeat = 1
		FROM deliveries d JOIN alerts a ON a.id = d.alert_id LEFT JOIN incidents i ON i.id = a.incident_id LEFT JOIN deliveries p ON p.id = d.digest_page_id
		WHERE d.kind <> 'update' AND d.instead_of IS NULL ORDER BY d.id`)
	if err != nil {
		c.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var d delivered
		if err := rows.Scan(&d.title, &d.destination, &d.key, &d.kind, &d.state, &d.page, &d.premature, &d.repeat); err != nil {
			c.t.Fatal(err)
		}
		all = append(all, d)
	}
	if err := rows.Err(); err != nil {
		c.t.Fatal(err)
	}
	return all
}

// check holds what the channels show against what was logged, and the leaders' terms against
// each other.
func (c *chaos) check(l *chaosLoad) {
	c.t.Helper()
	db := pgtest.Open(c.t, c.place)
	c.checkAlerts(db, l)
	c.checkTerms(db)
	c.verify(c.binary(steady))
	for b, n := range c.dealt {
		c.t.Logf("%3d times: %s", n, b)
	}
	for _, r := range c.replicas {
		for _, last := range r.endings() {
			c.t.Logf("replica %s ended by itself, and was started again: %s", r.name, last)
		}
		if c.t.Failed() {
			c.t.Logf("replica %s printed:\n%s", r.name, r.tail())
		}
	}
}

// checkAlerts expects each message once, and of each deadline one in each channel: by itself,
// or in a digest. One that a clock raised too early says so, and is followed by the one at the
// deadline.
func (c *chaos) checkAlerts(db *sql.DB, l *chaosLoad) {
	c.t.Helper()
	shown := map[string][]fakeslack.Message{}
	for _, m := range c.slack.Messages() {
		key := m.Key(slack.Key)
		shown[key] = append(shown[key], m)
	}
	premature, merged := 0, 0
	valid := map[string]int{}
	known := map[string]bool{}
	for _, d := range c.deliveries(db) {
		known[d.key] = true
		messages := shown[d.key]
		if len(messages) > 1 {
			c.t.Errorf("twice: %s (%s at %s) came %d times (possible repeat: %t)", d.key, d.title, d.destination, len(messages), d.repeat)
			for _, m := range messages {
				c.t.Logf("at %s, %d edits", m.Posted.Format(time.StampMilli), m.Edits)
			}
		}
		if d.title == "" || d.kind != "post" {
			continue // a digest
		}
		if d.premature {
			premature += len(messages)
			continue
		}
		if d.state == "merged" {
			merged++
			messages = shown[d.page]
		}
		if len(messages) > 0 && !strings.Contains(messages[0].Text+messages[0].Shown(), d.title) {
			c.t.Errorf("%s at %s came as\n%s", d.title, d.destination, messages[0].Shown())
		}
		valid[d.title+d.destination] += min(1, len(messages))
	}
	for _, one := range l.logged {
		for n := range chaosChannels {
			if got := valid[fmt.Sprintf("%sd%d", one.title, n+1)]; got != 1 {
				c.t.Errorf("%s (%s) was alerted %d times at d%d", one.title, one.id, got, n+1)
			}
		}
	}
	for key, messages := range shown {
		if !known[key] && key != "" && !strings.HasPrefix(key, "leaderless/") && !strings.HasPrefix(key, "audit/") { // of kigen itself
			c.t.Errorf("%d messages are of no alert: %s\n%s", len(messages), key, messages[0].Shown())
		}
	}
	c.t.Logf("%d alerts arrived, %d of them in digests, and %d of a clock that was ahead", len(valid), merged, premature)
}

// verify ends the replicas, and has a binary verify the database as it was made.
func (c *chaos) verify(binary string) {
	c.t.Helper()
	for _, r := range c.replicas {
		r.end(syscall.SIGTERM)
	}
	c.cluster.Exec(c.t, `DROP SCHEMA observed CASCADE`) // with the trigger, which is not of kigen
	verify := command(c.t.Context(), c.t.TempDir(), []string{"KIGEN_DATABASE=" + c.place}, "db", "verify")
	verify.Path = binary
	if out, err := verify.CombinedOutput(); err != nil {
		c.t.Errorf("verify: %v\n%s", err, out)
	}
}

// checkTerms expects the leaders' terms to follow each other, each with one holder.
func (c *chaos) checkTerms(db *sql.DB) {
	c.t.Helper()
	rows, err := db.QueryContext(c.t.Context(), `SELECT term, at, until IS NULL OR until <= at FROM observed.terms ORDER BY at`)
	if err != nil {
		c.t.Fatal(err)
	}
	defer rows.Close()
	var begun []time.Time
	for want := 1; rows.Next(); want++ {
		var term int
		var at time.Time
		var free bool
		if err := rows.Scan(&term, &at, &free); err != nil {
			c.t.Fatal(err)
		}
		if term != want || !free {
			c.t.Errorf("leadership %d has term %d (the one before had ended: %t)", want, term, free)
		}
		begun = append(begun, at)
	}
	if err := rows.Err(); err != nil {
		c.t.Fatal(err)
	}
	holders := map[int]string{}
	for _, r := range c.replicas {
		for n, printed := range r.printed() {
			for _, term := range terms(printed) {
				who := fmt.Sprintf("process %d of replica %s", n+1, r.name)
				if other, led := holders[term]; led && other != who {
					c.t.Errorf("term %d was that of %s and of %s", term, other, who)
				}
				holders[term] = who
			}
		}
	}
	c.t.Logf("%d terms", len(begun))
	c.logTakeovers(begun)
}

// logTakeovers prints how long it took until the next leader, by what befell the one before.
func (c *chaos) logTakeovers(begun []time.Time) {
	took := map[blow][]time.Duration{}
	for _, lost := range c.lost {
		for _, at := range begun {
			if at.After(lost.at) {
				took[lost.by] = append(took[lost.by], at.Sub(lost.at).Round(10*time.Millisecond))
				break
			}
		}
	}
	for by, times := range took {
		slices.Sort(times)
		c.t.Logf("next leader after %s: median %s, of %d; %s to %s", by, times[len(times)/2], len(times), times[0], times[len(times)-1])
	}
}

// describe prints what is not sent.
func (c *chaos) describe(db *sql.DB) {
	rows, err := db.QueryContext(c.t.Context(), `SELECT key, kind, state, attempts, lookups, to_timestamp(next_at/1000.0)::text, last_error FROM deliveries
		WHERE state IN ('pending', 'sending', 'unknown') ORDER BY id LIMIT 20`)
	if err != nil {
		return
	}
	defer rows.Close()
	for rows.Next() {
		var key, kind, state, next, failed string
		var attempts, lookups int
		if rows.Scan(&key, &kind, &state, &attempts, &lookups, &next, &failed) == nil {
			c.t.Logf("%s %s %s, %d attempts, %d lookups, next %s: %s", key, kind, state, attempts, lookups, next, failed)
		}
	}
	_ = rows.Err()
	for _, r := range c.replicas {
		c.t.Logf("replica %s printed:\n%s", r.name, r.tail())
	}
}
