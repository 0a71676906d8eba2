package intake

import (
	"context"
	"fmt"
	"time"

	"kigen/config"
	"kigen/sla/inbox"
	"kigen/sla/tracker"
)

// Watched is a source of the configuration with its remembered state.
type Watched struct {
	inbox.Source
	Kind   config.SourceKind
	Vendor string
	Every  time.Duration // 0: of a hook, which is silent while nothing happens
}

// silentFor is how many intervals without a success are a silence.
const silentFor = 3

// Silent reports whether the source had no success for three intervals, since it was
// watched or since an instant at which watching began anew.
func (w *Watched) Silent(now, began time.Time) bool {
	last := w.LastSuccess
	if last.Before(began) {
		last = began
	}
	return w.Every > 0 && now.Sub(last) > silentFor*w.Every
}

// Watched lists the sources of the configuration, by name.
func (s *Service) Watched(ctx context.Context) ([]Watched, error) {
	remembered, err := s.Sources(ctx)
	if err != nil {
		return nil, err
	}
	byName := make(map[string]inbox.Source, len(remembered))
	for _, src := range remembered {
		byName[src.Name] = src
	}
	var list []Watched
	for _, name := range s.Config.Names() {
		src := s.Config.Sources[name]
		w := Watched{Source: byName[name], Kind: src.Kind, Vendor: src.Vendor, Every: src.Every}
		w.Name = name
		list = append(list, w)
	}
	return list, nil
}

// errNoFetch says that nothing reads pages here.
var errNoFetch = fmt.Errorf("pages are not read here: %w", tracker.ErrUnavailable)

// Hint has a page read now, because a hook says that it changed. What the hook says counts
// for nothing by itself: it is not signed.
func (s *Service) Hint(ctx context.Context, source string, body []byte) error {
	if s.Fetch == nil {
		return errNoFetch
	}
	if err := s.Fetch(ctx, source, body); err != nil {
		return err
	}
	s.count(source, "hint")
	return nil
}
