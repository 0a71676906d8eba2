package tracker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"kigen/sla"
)

// MostAtOnce bounds what one transaction logs: it holds up all other writers.
const MostAtOnce = 1000

// LogAll records new incidents, all or none, and returns them in the order of
// their entries. With an idempotencyKey, the same entries again return what
// the first request made. The fields of an Invalid begin with the entry's
// place, such as incidents[3].title.
func (t *Tracker) LogAll(ctx context.Context, actor, idempotencyKey string, entries []Entry) ([]*sla.Incident, error) {
	now := t.now()
	logged, err := t.checkAll(ctx, entries)
	if err != nil {
		return nil, err
	}
	for i := range entries {
		logged[i] = entries[i].incident(now)
	}
	request := hashAll(entries)
	err = t.update(ctx, func(tx Tx) error {
		for i := range logged {
			key := keyAt(idempotencyKey, i)
			earlier, err := replayed(ctx, tx, key, request)
			if invalid, ok := AsInvalid(err); ok {
				invalid[0].Value = idempotencyKey
			}
			if err != nil {
				return err
			}
			if earlier != nil {
				logged[i] = earlier
				continue
			}
			c := &change{Tracker: t, ctx: ctx, tx: tx, inc: logged[i], now: now, actor: actor, moved: true}
			if err := c.log(key, request); err != nil {
				return atEntry(i, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return logged, nil
}

// PreviewAll returns what LogAll would log, and keeps nothing of it.
func (t *Tracker) PreviewAll(ctx context.Context, entries []Entry) ([]*sla.Incident, error) {
	return t.checkAll(ctx, entries)
}

// checkAll previews every entry and gathers what is wrong with any of them.
func (t *Tracker) checkAll(ctx context.Context, entries []Entry) ([]*sla.Incident, error) {
	if len(entries) == 0 || len(entries) > MostAtOnce {
		return nil, Invalid{{Field: "incidents", Value: strconv.Itoa(len(entries)), Message: fmt.Sprintf("give 1 to %d incidents at once", MostAtOnce),
			Ja: fmt.Sprintf("一度に登録できるのは1件から%d件までです。", MostAtOnce)}}
	}
	previews := make([]*sla.Incident, len(entries))
	var problems Invalid
	for i, e := range entries {
		inc, err := t.previewEntry(ctx, e)
		if invalid, ok := AsInvalid(atEntry(i, err)); ok {
			problems = append(problems, invalid...)
		} else if err != nil {
			return nil, err
		}
		previews[i] = inc
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return previews, nil
}

// atEntry names the place of an entry in front of each field.
func atEntry(i int, err error) error {
	invalid, ok := AsInvalid(err)
	if !ok {
		return err
	}
	placed := make(Invalid, len(invalid))
	for n, p := range invalid {
		p.Field = fmt.Sprintf("incidents[%d].%s", i, p.Field)
		placed[n] = p
	}
	return placed
}

// keyAt is the key under which the entry at i is remembered; empty: none.
func keyAt(key string, i int) string {
	if key == "" {
		return ""
	}
	return key + "#" + strconv.Itoa(i)
}

// hashAll tells one list of entries from another.
func hashAll(entries []Entry) string {
	sum := sha256.New()
	for i := range entries {
		sum.Write([]byte(entries[i].hash()))
	}
	return hex.EncodeToString(sum.Sum(nil))
}
