package store

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"kigen/sla/tracker"
)

// meaning is what an error code of PostgreSQL means.
type meaning struct {
	class  error
	remedy string
}

// meanings are those of codes, or of classes of codes, which are their first two letters.
var meanings = map[string]meaning{
	"23505": {class: tracker.ErrConflict},
	"23503": {class: tracker.ErrNotFound},

	"08":    {tracker.ErrUnavailable, "the connection to the server broke: see its log and the network"},
	"53":    {tracker.ErrUnavailable, "the server lacks memory or connections: raise max_connections, or see its log"},
	"57P01": {tracker.ErrUnavailable, "the server stops or ended the session: wait until it runs again"},
	"57P02": {tracker.ErrUnavailable, "the server restarts after a crash: wait until it runs again"},
	"57P03": {tracker.ErrUnavailable, "the server starts or stops: wait until it takes connections"},
	"25006": {tracker.ErrUnavailable, "the server takes no writes, such as a standby: name all hosts in the URL, so that kigen finds the one that does"},
	"25P03": {tracker.ErrUnavailable, "the transaction stood still for too long: kigen was stopped, or its machine is overloaded"},
	"55P03": {tracker.ErrUnavailable, "another process holds its lock: stop that process, or wait"},
	"40001": {class: tracker.ErrUnavailable},
	"40P01": {class: tracker.ErrUnavailable},

	"28":    {remedy: "the server refuses the user or the password: correct them in the URL, or pg_hba.conf on the server"},
	"3D000": {remedy: "create it with createdb -E UTF8 -T template0, or correct its name in the URL"},
	"42501": {remedy: "make the user of the URL the owner of the database, or grant it CREATE on its schema"},
	"22021": {class: tracker.Invalidf("text", "", "contains a NUL character (U+0000) or bytes that are no UTF-8: remove them")},
	"58030": {remedy: "its disk fails: see the server's log"},
	"XX001": {remedy: "it is damaged: restore a backup on the server"},
	"XX002": {remedy: "an index is damaged: run REINDEX on the server"},
}

func (s *server) explain(err error) verdict {
	var v verdict
	var failed *pgconn.PgError
	if errors.As(err, &failed) {
		v.own = true
		v.full, v.failing, v.standby = failed.Code == "53100", failed.Code == "58030", failed.Code == "25006"
		m, known := meanings[failed.Code]
		if !known {
			m = meanings[failed.Code[:min(2, len(failed.Code))]]
		}
		v.class, v.remedy = m.class, m.remedy
		v.broken = strings.HasPrefix(failed.Code, "08") || failed.Code == "57P01" || failed.Code == "57P02"
		if pooled(failed) {
			v.class, v.remedy = nil, errPooler.Error()
		}
		return v
	}
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &connect):
		return verdict{own: true, class: tracker.ErrUnavailable, remedy: "the server must run and be reachable: see the host and the port in the URL"}
	case errors.Is(err, ErrNewer):
		return verdict{class: tracker.ErrUnavailable} // another replica can do it
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return v
	case errors.As(err, &network), pgconn.SafeToRetry(err):
		return verdict{own: true, broken: true, class: tracker.ErrUnavailable, remedy: meanings["08"].remedy}
	}
	return v
}

// pooled recognises a pooler by what it says of a session's settings and of prepared
// statements, which its sessions don't keep.
func pooled(failed *pgconn.PgError) bool {
	switch failed.Code {
	case "26000", "42P05": // a prepared statement is missing, or is there before it was prepared
		return true
	case "08P01":
		return strings.Contains(failed.Message, "unsupported startup parameter") || strings.Contains(failed.Message, "pooling mode")
	}
	return false
}
