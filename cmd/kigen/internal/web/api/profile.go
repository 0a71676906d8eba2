package api

import (
	"context"
	"net/http"

	"kigen/sla"
	"kigen/sla/profile"
)

type profileInput struct {
	ID    string `path:"id" example:"sotas"`
	About string `query:"about" enum:"incident,event,vulnerability,maintenance,change,contract_end,periodic" doc:"The kind that the promises are about; absent: incident"`
	Year  string `query:"year" doc:"The measured year, in the zone of the vendor's calendar; absent: the current one" example:"2026"`
	Known string `header:"If-None-Match" doc:"The ETag of an earlier response; 304 if nothing changed"`
}

type profileOutput struct {
	Status       int
	ETag         string `header:"ETag"`
	CacheControl string `header:"Cache-Control"`
	Body         *profile.VendorYear
}

// getProfile returns the distribution of the waits of a vendor's promises.
func (s *server) getProfile(_ context.Context, in *profileInput) (*profileOutput, error) {
	v, ok := s.Catalogue.Vendor(in.ID)
	if !ok {
		return nil, noSuchVendor{s.UnknownVendor("path.id", in.ID)}
	}
	kind, err := sla.ParseKind(in.About)
	if err != nil {
		return nil, err
	}
	made, err := s.Profile(v, kind, "query.year", in.Year)
	if err != nil {
		return nil, err
	}
	// Caches must revalidate, because a new configuration changes the result.
	out := &profileOutput{Status: http.StatusOK, ETag: made.Tag, CacheControl: "private, no-cache", Body: made.VendorYear}
	if in.Known == made.Tag {
		out.Status = http.StatusNotModified
	}
	return out, nil
}
