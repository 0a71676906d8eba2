package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/client"
	"kigen/sla/when"
)

// echo prints on standard error how a time was read if its text was incomplete.
func (a *app) echo(lang, field, text string, read when.Time) {
	if said := read.Echo(lang); said != "" {
		fmt.Fprintf(a.errOut, say(lang, "kigen: %s 「%s」を%s\n", "kigen: %s %q: %s\n"), field, text, said)
	}
}

// typedTimes returns the times in a request that were typed without an offset,
// by API field.
func typedTimes(body any) map[string]string {
	fields, _ := body.(map[string]any)
	typed := map[string]string{}
	for name, value := range fields {
		text, isText := value.(string)
		if !isText || text == "" || name != "until" && !strings.HasSuffix(name, "_at") {
			continue
		}
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			typed[name] = text
		}
	}
	return typed
}

// echoTimes prints how the daemon read the typed times. With --json the answer
// holds them.
func (s *session) echoTimes(typed map[string]string, answer []byte) error {
	if len(typed) == 0 || s.asJSON {
		return nil
	}
	known, err := answeredTimes(answer)
	if err != nil {
		return err
	}
	reader := when.Parser{Now: s.now(), Zone: s.config.Timezone}
	for _, name := range slices.Sorted(maps.Keys(typed)) {
		at, ok := known[name]
		if !ok {
			continue
		}
		echoed := when.Time{At: at, Assumed: when.NoZone}
		// With the same zone on both sides the local reading can explain more: which day, or which of two instants.
		if here, err := reader.Time(typed[name]); err == nil && here.At.Equal(at) && here.Assumed != 0 {
			echoed = here
		}
		s.echo(s.lang, "--"+strings.ReplaceAll(name, "_", "-"), typed[name], echoed)
	}
	return nil
}

// answeredTimes returns an incident's times by the request field that sets them:
// moments, end of the snooze, and the times of the last notice or chaser.
func answeredTimes(answer []byte) (map[string]time.Time, error) {
	var incident struct {
		Acknowledged *struct {
			Until *time.Time `json:"until"`
		} `json:"acknowledged"`
		Notices []struct {
			ReceivedAt *time.Time `json:"received_at"`
			SentAt     *time.Time `json:"sent_at"`
			RecordedAt time.Time  `json:"recorded_at"`
		} `json:"notices"`
		Chasers []struct {
			SentAt     *time.Time `json:"sent_at"`
			RecordedAt time.Time  `json:"recorded_at"`
		} `json:"chasers"`
	}
	var fields map[string]any
	if err := errors.Join(client.Decode(answer, &incident), client.Decode(answer, &fields)); err != nil {
		return nil, err
	}
	var newest time.Time
	times := map[string]time.Time{}
	for name, value := range fields {
		text, _ := value.(string)
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			times[name] = at
		}
	}
	put := func(name string, at *time.Time) {
		if at != nil {
			times[name] = *at
		}
	}
	if incident.Acknowledged != nil {
		put("until", incident.Acknowledged.Until)
	}
	for _, c := range incident.Chasers {
		if !c.RecordedAt.Before(newest) {
			newest = c.RecordedAt
			put("sent_at", c.SentAt)
		}
	}
	for _, n := range incident.Notices {
		if !n.RecordedAt.Before(newest) {
			newest = n.RecordedAt
			put("received_at", n.ReceivedAt)
			put("sent_at", n.SentAt)
		}
	}
	return times, nil
}
