package store_test

import (
	"context"
	"database/sql/driver"
	"testing"

	"github.com/mattn/go-sqlite3"
)

// rawConnector opens a file as it is, without a pragma or a check.
type rawConnector struct{ path string }

func (c rawConnector) Connect(context.Context) (driver.Conn, error) {
	return c.Driver().Open(c.path)
}

func (rawConnector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{} }

func cancelled(t *testing.T) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx, cancel
}
