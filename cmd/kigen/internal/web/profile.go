package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"sync"

	"kigen/sla"
	"kigen/sla/profile"
	"kigen/sla/tracker"
)

// MeasuredYear is a vendor's profile of a year with its ETag.
type MeasuredYear struct {
	*profile.VendorYear
	Tag string
}

// profiles caches measured years: a year takes half a million deadline
// calculations, and its result is constant while the daemon runs.
type profiles struct {
	mu   sync.Mutex
	made map[profileKey]*MeasuredYear
}

type profileKey struct {
	vendor string
	kind   sla.IncidentKind
	year   int
}

// mostProfiles bounds the cache; an entry takes a few kilobytes.
const mostProfiles = 512

// of returns a vendor's profile of a year. It measures one year at a time, so
// that requests for many years do not take the CPU from the watch loop.
func (p *profiles) of(v *sla.Vendor, kind sla.IncidentKind, year int) (*MeasuredYear, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := profileKey{v.ID, kind, year}
	if known, ok := p.made[key]; ok {
		return known, nil
	}
	made, err := profile.Year(v, kind, year)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(made)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	if p.made == nil || len(p.made) >= mostProfiles {
		p.made = map[profileKey]*MeasuredYear{}
	}
	p.made[key] = &MeasuredYear{VendorYear: made, Tag: `"` + hex.EncodeToString(sum[:8]) + `"`}
	return p.made[key], nil
}

// MeasureDraft measures the current year of a vendor that is not in force. It does not cache
// the result, and measures one vendor at a time.
func (s *Server) MeasureDraft(v *sla.Vendor) (*profile.VendorYear, error) {
	s.profiles.mu.Lock()
	defer s.profiles.mu.Unlock()
	return profile.Year(v, sla.KindIncident, s.Now().In(s.Zone).Year())
}

// Profile measures a vendor's promises about a kind in the year that text names; empty: the
// current one. Errors name the field of the request.
func (s *Server) Profile(v *sla.Vendor, kind sla.IncidentKind, field, text string) (*MeasuredYear, error) {
	year := s.Now().In(s.Zone).Year()
	if text != "" {
		asked, err := strconv.Atoi(text)
		if err != nil || asked < 1 {
			return nil, tracker.Invalidf(field, text, "is not a year: write it as %d", year)
		}
		year = asked
	}
	made, err := s.profiles.of(v, kind, year)
	var tooFar *profile.YearError
	if errors.As(err, &tooFar) {
		return nil, tracker.Invalidf(field, strconv.Itoa(year), "%s", tooFar.Remedy())
	}
	return made, err
}
