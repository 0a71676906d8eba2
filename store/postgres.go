package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	oldestServer = 15 // major version
	testedServer = 15

	writerConnections = 2

	connectTimeout = 5 * time.Second
	keepAlive      = 10 * time.Second
)

// server is the engine of a database on a PostgreSQL server.
type server struct {
	called  string
	config  *pgx.ConnConfig
	version int // major version of the server; 0: not asked yet
}

// openServer returns a database on a server, not opened yet.
func openServer(address string) (*DB, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		// The error shows the URL; the driver has replaced the password.
		return nil, fmt.Errorf("database %s: %w", redacted(address), unparsed(err))
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	if hosts(config) > 1 && config.ValidateConnect == nil { // one of them takes writes
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	dialer := &net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: keepAlive, Interval: keepAlive / 3, Count: 3}}
	config.DialFunc = dialer.DialContext
	return newDB(&server{called: redacted(address), config: config}, &postgresDialect), nil
}

// hosts counts the hosts of a URL. To each the driver may connect in more than one way.
func hosts(config *pgx.ConnConfig) int {
	different := map[string]bool{config.Host + " " + strconv.Itoa(int(config.Port)): true}
	for _, f := range config.Fallbacks {
		different[f.Host+" "+strconv.Itoa(int(f.Port))] = true
	}
	return len(different)
}

// unparsed is the cause of an error in reading a URL. The text of the error itself holds
// the URL.
func unparsed(err error) error {
	if cause := errors.Unwrap(err); cause != nil {
		return fmt.Errorf("the URL cannot be read: %w", cause)
	}
	return errors.New("the URL cannot be read: use one such as postgres://kigen@db.example.jp/kigen")
}

// redacted is the URL of a server without its password and its parameters.
func redacted(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		scheme, _, _ := strings.Cut(address, "://")
		return scheme + "://…"
	}
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	if name := u.User.Username(); name != "" {
		shown.User = url.User(name)
	}
	if host := u.Query().Get("host"); host != "" && u.Host == "" {
		shown.RawQuery = url.Values{"host": {host}}.Encode()
	}
	return shown.String()
}

func (s *server) name() string { return s.called }

func (s *server) transactions() transactions { return serialized{} }

// The settings of a session. Those of the URL come first.
var (
	sessionSettings = map[string]string{
		"application_name": "kigen",
		"jit":              "off", // compiling costs more than any of the statements
		"tcp_user_timeout": "3000",
		"TimeZone":         "UTC",
	}
	writerSettings = map[string]string{
		// A kigen that stops within a transaction would hold the lock of all.
		"idle_in_transaction_session_timeout": "3s",
		"lock_timeout":                        "10s",
	}
	migrationSettings = map[string]string{"idle_in_transaction_session_timeout": "3s", "lock_timeout": "2s"}
)

// connections opens a pool of at most most connections with the settings.
func (s *server) connections(most int, settings map[string]string, options ...stdlib.OptionOpenDB) *sql.DB {
	config := s.config.Copy()
	for _, some := range []map[string]string{settings, sessionSettings} {
		for name, value := range some {
			if _, set := config.RuntimeParams[name]; !set {
				config.RuntimeParams[name] = value
			}
		}
	}
	pool := stdlib.OpenDB(*config, options...)
	pool.SetMaxOpenConns(most)
	pool.SetMaxIdleConns(most)
	return pool
}

// readOnly makes the sessions of a pool unable to write. As a setting of the connection it
// would look like a standby, which takes no writes, to target_session_attrs.
var readOnly = stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "SET default_transaction_read_only = on")
	return err
})

func (s *server) pool(use poolUse) *sql.DB {
	if use == writes {
		return s.connections(writerConnections, writerSettings)
	}
	return s.connections(1, nil, readOnly)
}

func (s *server) readers() *sql.DB { return s.connections(max(4, runtime.NumCPU())+1, nil, readOnly) }

func (s *server) open(ctx context.Context) (writer, reader *sql.DB, err error) {
	writer = s.pool(writes)
	if err := s.recognise(ctx, writer); err != nil {
		return writer, nil, err
	}
	if err := s.migrate(ctx); err != nil {
		return writer, nil, err
	}
	return writer, s.readers(), nil
}

func (s *server) openCurrent(ctx context.Context) (*sql.DB, error) {
	pool := s.readers()
	if err := s.recognise(ctx, pool); err != nil {
		return pool, err
	}
	return pool, postgresMigrations.refuseOlder(ctx, pool)
}

// recognise refuses a server that kigen can't work on, and a database of another program
// or one that needs a newer kigen. It only reads.
func (s *server) recognise(ctx context.Context, pool *sql.DB) error {
	var version int
	var encoding string
	var schema sql.Null[string]
	err := pool.QueryRowContext(ctx, `SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding'), current_schema()`).Scan(&version, &encoding, &schema)
	if err != nil {
		return err
	}
	s.version = version
	if err := checkVersion(version); err != nil {
		return err
	}
	switch {
	case encoding != "UTF8":
		return fmt.Errorf("its encoding is %s, and kigen needs UTF8: create it with createdb -E UTF8 -T template0", encoding)
	case !schema.Valid:
		return errors.New("no schema of the search_path exists: create it, or correct the search_path in the URL")
	}
	if err := refusePooler(ctx, pool); err != nil {
		return err
	}
	if err := refuseForeign(ctx, pool); err != nil {
		return err
	}
	return postgresMigrations.refuseUnsuited(ctx, pool)
}

// checkVersion refuses a major version that lacks what the statements use.
func checkVersion(version int) error {
	if version < oldestServer {
		return fmt.Errorf("it is PostgreSQL %d, and kigen needs %d or later: upgrade the server", version, oldestServer)
	}
	return nil
}

// isTested reports whether kigen's tests run on a major version.
func isTested(version int) bool { return version == testedServer }

// ServerVersion returns the major version of the PostgreSQL server, and whether kigen was
// tested with it; 0 for a file.
func (db *DB) ServerVersion() (version int, tested bool) {
	if s, ok := db.engine.(*server); ok {
		return s.version, isTested(s.version)
	}
	return 0, true
}

// Suited returns an ErrNewer if the database needs a newer kigen by now: another replica of a
// later version has taken away what this one uses.
func (db *DB) Suited(ctx context.Context) error {
	if !db.OnServer() {
		return nil
	}
	return db.explain(ctx, postgresMigrations.refuseUnsuited(ctx, db.reader))
}

// refuseForeign refuses a schema with tables of another program. Those of extensions don't
// count.
func refuseForeign(ctx context.Context, pool *sql.DB) error {
	const count = `SELECT COUNT(*), COUNT(*) FILTER (WHERE relname IN ('meta', 'incidents', 'record_lines', $1)) FROM pg_class c
		WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
		AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`
	var tables, ours int
	if err := pool.QueryRowContext(ctx, count, versionTable).Scan(&tables, &ours); err != nil {
		return err
	}
	stopped := tables == 1 && ours == 1 // in the first migration
	if tables > 0 && ours < 4 && !stopped {
		return fmt.Errorf("%w: its schema has the tables of another program; give kigen a database of its own", ErrForeign)
	}
	return nil
}

// errPooler is the error for a pooler that gives each transaction another session.
var errPooler = errors.New("between kigen and the server is a pooler in transaction mode, which breaks locks and prepared statements: connect to the server itself, or to a pool in session mode")

// refusePooler finds out whether a session keeps its server process. A pooler makes up the
// process number of a session; one in transaction mode moves the session to another process
// while its own is in a transaction of a second session.
func refusePooler(ctx context.Context, pool *sql.DB) (err error) {
	first, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, first.Close()) }()
	before, told, err := process(ctx, first)
	if err != nil || before == told {
		return err
	}
	second, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, second.Close()) }()
	stx, err := second.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = stx.Rollback() }() // it has only read
	var busy int
	if err := stx.QueryRowContext(ctx, "SELECT pg_backend_pid()").Scan(&busy); err != nil {
		return err
	}
	soon, cancel := context.WithTimeout(ctx, connectTimeout) // a pool of one session lets the first wait
	defer cancel()
	now, _, err := process(soon, first)
	if err != nil && ctx.Err() == nil || now != before || busy == before {
		return errPooler
	}
	return err
}

// process returns the number of the server process of a connection twice: as a query
// returns it now, and as the server gave it when the connection was made.
func process(ctx context.Context, conn *sql.Conn) (queried, told int, err error) {
	if err := conn.QueryRowContext(ctx, "SELECT pg_backend_pid()").Scan(&queried); err != nil {
		return 0, 0, err
	}
	err = conn.Raw(func(driver any) error {
		told = int(driver.(*stdlib.Conn).Conn().PgConn().PID())
		return nil
	})
	return queried, told, err
}
