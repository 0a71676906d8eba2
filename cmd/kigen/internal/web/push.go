package web

import (
	"context"
	"net/http"
	"path"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/intake"
)

// pushPattern is the route by which mails and hooks are sent.
const pushPattern = "POST /api/v1/intake/{id}"

// admitsPush reports whether a push is let in without a role: one that is signed, which the
// handler checks once the body is there, and a small hook of a status page, which is a hint.
func (s *Server) admitsPush(r *http.Request) bool {
	if s.Intake == nil {
		return false
	}
	return s.Intake.Admits(path.Base(r.URL.Path), r.Header.Get(intake.HeaderSignature) != "", r.ContentLength)
}

// MayPush reports whether the caller's own role lets a push in.
func MayPush(ctx context.Context) bool { return IdentityOf(ctx).Role.Includes(access.Analyst) }
