package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"sync"

	"kigen/sla"
	"kigen/sla/profile"
	"kigen/sla/tracker"
)

// measured is a vendor's year with the tag that names its content.
type measured struct {
	*profile.VendorYear
	tag string
}

// profiles remembers what was measured: a year takes as long as half a
// million deadlines, and never changes while the daemon runs.
type profiles struct {
	mu   sync.Mutex
	made map[profileKey]*measured
}

type profileKey struct {
	vendor string
	year   int
}

// mostProfiles bounds what is remembered, at a few kilobytes each.
const mostProfiles = 512

// of measures one year at a time: who asks for many years at once waits, and
// the watch loop does not.
func (p *profiles) of(v *sla.Vendor, year int) (*measured, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := profileKey{v.ID, year}
	if known, ok := p.made[key]; ok {
		return known, nil
	}
	made, err := profile.Year(v, year)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(made)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	if p.made == nil || len(p.made) >= mostProfiles {
		p.made = map[profileKey]*measured{}
	}
	p.made[key] = &measured{VendorYear: made, tag: `"` + hex.EncodeToString(sum[:8]) + `"`}
	return p.made[key], nil
}

type profileInput struct {
	ID    string `path:"id" example:"sotas"`
	Year  string `query:"year" doc:"The year to measure, in the zone of the vendor's calendar; absent: the current one" example:"2026"`
	Known string `header:"If-None-Match" doc:"The ETag of an earlier answer: the answer is 304 while it holds"`
}

type profileOutput struct {
	Status       int
	ETag         string `header:"ETag"`
	CacheControl string `header:"Cache-Control"`
	Body         *profile.VendorYear
}

// getProfile is how long the vendor's promises can take, over a year.
func (s *server) getProfile(_ context.Context, in *profileInput) (*profileOutput, error) {
	v, ok := s.Catalogue.Vendor(in.ID)
	if !ok {
		return nil, noSuchVendor{s.unknownVendor("path.id", in.ID)}
	}
	made, err := s.profile(v, "query.year", in.Year)
	if err != nil {
		return nil, err
	}
	// To be asked again each time: a new configuration changes the answer.
	out := &profileOutput{Status: http.StatusOK, ETag: made.tag, CacheControl: "private, no-cache", Body: made.VendorYear}
	if in.Known == made.tag {
		out.Status = http.StatusNotModified
	}
	return out, nil
}

// profile measures a vendor's year as it was asked for in a field of a
// request; empty: the current one.
func (s *server) profile(v *sla.Vendor, field, text string) (*measured, error) {
	year := s.Now().In(s.Zone).Year()
	if text != "" {
		asked, err := strconv.Atoi(text)
		if err != nil || asked < 1 {
			return nil, tracker.Invalid{{Field: field, Value: text,
				Message: "is no year: write it as " + strconv.Itoa(year), Ja: "年ではありません。" + strconv.Itoa(year) + " のように入力してください。"}}
		}
		year = asked
	}
	made, err := s.profiles.of(v, year)
	var tooFar *profile.YearError
	if errors.As(err, &tooFar) {
		remedy := tooFar.Remedy()
		return nil, tracker.Invalid{{Field: field, Value: strconv.Itoa(year), Message: remedy.En, Ja: remedy.Ja}}
	}
	return made, err
}
