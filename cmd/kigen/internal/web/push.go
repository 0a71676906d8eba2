package web

import (
	"net/http"
	"path"

	"kigen/cmd/kigen/internal/intake"
	"kigen/config"
)

// pushPattern is the route by which mails and hooks are sent.
const pushPattern = "POST /api/v1/intake/{id}"

// admitsPush reports whether a push is let in without a role: one that is signed, which the
// handler checks once the body is there, and a small hook of a status page, which is a hint.
func (s *Server) admitsPush(r *http.Request) bool {
	if s.Intake == nil {
		return false
	}
	src, _ := s.Intake.SourceNamed(path.Base(r.URL.Path))
	if src.Kind == config.SourceStatuspage {
		return r.ContentLength >= 0 && r.ContentLength <= intake.LargestHook
	}
	return src.Secret != "" && r.Header.Get(intake.HeaderSignature) != ""
}
