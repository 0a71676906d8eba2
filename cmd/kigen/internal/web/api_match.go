package web

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"kigen/sla"
	"kigen/sla/tracker"
)

// entityTag names a version of an incident's own fields. Time moves its clocks
// without another version, so that a tag says what a change may rest on, and
// nothing of how long an answer may be kept.
func entityTag(inc *sla.Incident) string { return `"` + strconv.FormatInt(inc.Version, 10) + `"` }

// staleVersion is a change that rests on another version than the one that stands.
type staleVersion struct{ given, stands string }

// Error says what to do about it.
func (e staleVersion) Error() string {
	return "If-Match " + e.given + ": the incident is at " + e.stands + " by now: GET it, look at what changed, then repeat the change with If-Match: " + e.stands
}

// matching returns the version that a change may rest on; 0: whatever stands.
// An entity tag that is none of ours matches nothing, as RFC 9110 has it.
func (s *server) matching(ctx context.Context, id sla.IncidentID, header string) (version int64, err error) {
	if header == "" || strings.TrimSpace(header) == "*" {
		return 0, nil
	}
	var inc *sla.Incident
	err = s.Tracker.Store.View(ctx, func(r tracker.Reader) error {
		inc, err = r.Incident(ctx, id)
		return err
	})
	if err != nil {
		return 0, err
	}
	for tag := range strings.SplitSeq(header, ",") {
		if strings.TrimSpace(tag) == entityTag(inc) {
			return inc.Version, nil
		}
	}
	return 0, staleVersion{given: header, stands: entityTag(inc)}
}

// amendMatching amends an incident if it still is what If-Match says.
func (s *server) amendMatching(ctx context.Context, id sla.IncidentID, header string, a tracker.Amendment) (*sla.Incident, error) {
	version, err := s.matching(ctx, id, header)
	if err != nil {
		return nil, err
	}
	if version != 0 {
		a.Version = version
	}
	inc, err := s.Tracker.Amend(ctx, actor(ctx, "", apiActor), id, a)
	if version != 0 && errors.Is(err, tracker.ErrConflict) { // between the look and the change
		_, err = s.matching(ctx, id, header)
		if err == nil {
			err = tracker.ErrConflict
		}
	}
	return inc, err
}
