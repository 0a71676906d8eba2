// Package accesslog passes on the access log as it is written: to the process log, and
// signed and without a gap to a webhook, such as that of a SIEM.
package accesslog

import (
	"context"
	"time"

	"kigen/store"
)

const (
	// poll is how long a new line of the access log waits at most. Other processes
	// write lines too, such as kigen user add.
	poll  = 2 * time.Second
	batch = 200 // lines read, or sent in one request
)

// Lines reads the lines of the access log, and keeps how many were sent; *store.DB
// implements it.
type Lines interface {
	AccessLog(ctx context.Context, newest int) ([]store.AccessLine, error)
	AccessLogAfter(ctx context.Context, id int64, limit int) ([]store.AccessLine, error)
	AccessSent(ctx context.Context) (store.AccessSent, error)
	MarkAccessSent(ctx context.Context, upTo int64, now time.Time) error
}
