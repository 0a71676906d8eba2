package client

import (
	"errors"
	"strings"
	"time"
)

// TypedTimes returns the times in a request that were typed without an offset,
// by API field.
func TypedTimes(body any) map[string]string {
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

// AnsweredTimes returns an incident's times by the request field that sets them:
// moments, end of the snooze, and the times of the last notice or chaser.
func AnsweredTimes(answer []byte) (map[string]time.Time, error) {
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
	if err := errors.Join(Decode(answer, &incident), Decode(answer, &fields)); err != nil {
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
