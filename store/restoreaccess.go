package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"kigen/sla/record"
)

// carriedNote is added to the access log's subject of what was carried over.
const carriedNote = " (kept from the replaced database)"

// grants is who may get in according to a database.
type grants struct {
	users    []carriedUser
	tokens   []Token
	recovery map[int64][]recoveryCode // by user
}

// carriedUser is a user with the columns that restoring compares.
type carriedUser struct {
	User
	lost   int64 // role_lost_at; 0: none
	must   bool
	secret string
	step   int64
}

type recoveryCode struct {
	hash string
	used sql.Null[int64]
}

// readGrants reads users and tokens of the database at path, of any version; nil if
// there is no database. It changes nothing.
func readGrants(ctx context.Context, path string) (*grants, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil, nil //nolint:nilnil // nothing was granted
	}
	if err != nil {
		return nil, err
	}
	m := inspecting()
	if _, err := os.Stat(path + "-wal"); errors.Is(err, os.ErrNotExist) {
		m.options["immutable"] = "1" // the lock is held; reading then leaves no files behind
	}
	pool := openPool(path, m)
	g := &grants{recovery: map[int64][]recoveryCode{}}
	err = identify(ctx, pool)
	for _, read := range []func(context.Context, *sql.DB) error{g.readUsers, g.readTokens, g.readRecovery} {
		if err == nil {
			err = read(ctx, pool)
		}
	}
	return g, errors.Join(err, pool.Close())
}

// selectKnown builds a SELECT for a table of any version: a column that the table
// lacks is replaced by its default. It returns "" if there is no table.
func selectKnown(ctx context.Context, pool *sql.DB, table string, columns ...string) (string, error) {
	known := map[string]bool{}
	rows, err := pool.QueryContext(ctx, `SELECT name FROM pragma_table_info($1)`, table)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return "", err
		}
		known[name] = true
	}
	if err := rows.Err(); err != nil || len(known) == 0 {
		return "", err
	}
	list := make([]string, len(columns))
	for i, column := range columns {
		name, standard, _ := strings.Cut(column, "=")
		if list[i] = name; !known[name] {
			list[i] = standard
		}
	}
	return "SELECT " + strings.Join(list, ", ") + " FROM " + table, nil
}

// rowsOf runs a statement and passes each row to scan. An empty statement has none.
func rowsOf(ctx context.Context, pool *sql.DB, stmt string, scan func(*sql.Rows) error) error {
	if stmt == "" {
		return nil
	}
	rows, err := pool.QueryContext(ctx, stmt)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (g *grants) readUsers(ctx context.Context, pool *sql.DB) error {
	stmt, err := selectKnown(ctx, pool, "users", "id", "name", "subject", "role", "password", "disabled", "created_at",
		"role_lost_at=NULL", "must_change=0", "totp_secret=''", "totp_step=0")
	if err != nil {
		return err
	}
	return rowsOf(ctx, pool, stmt, func(rows *sql.Rows) error {
		var u carriedUser
		var created, lost nullInt
		err := rows.Scan(&u.ID, &u.Name, &u.Subject, &u.Role, &u.Password, &u.Disabled, &created, &lost, &u.must, &u.secret, &u.step)
		u.CreatedAt, u.lost = utc(created), lost.V
		g.users = append(g.users, u)
		return err
	})
}

func (g *grants) readTokens(ctx context.Context, pool *sql.DB) error {
	stmt, err := selectKnown(ctx, pool, "tokens", "name", "hash", "role", "created_at", "expires_at", "revoked_at")
	if err != nil {
		return err
	}
	return rowsOf(ctx, pool, stmt, func(rows *sql.Rows) error {
		var k Token
		var created, expires, revoked nullInt
		err := rows.Scan(&k.Name, &k.Hash, &k.Role, &created, &expires, &revoked)
		k.CreatedAt, k.ExpiresAt, k.RevokedAt = utc(created), utc(expires), utc(revoked)
		g.tokens = append(g.tokens, k)
		return err
	})
}

func (g *grants) readRecovery(ctx context.Context, pool *sql.DB) error {
	stmt, err := selectKnown(ctx, pool, "recovery_codes", "user_id", "hash", "used_at")
	if err != nil {
		return err
	}
	return rowsOf(ctx, pool, stmt, func(rows *sql.Rows) error {
		var user int64
		var c recoveryCode
		err := rows.Scan(&user, &c.hash, &c.used)
		g.recovery[user] = append(g.recovery[user], c)
		return err
	})
}

// carrier applies to a restored database what the replaced one withdrew since the
// backup. It never grants: a right that only the replaced database gives is left out,
// because a tampered database may be the reason for restoring.
type carrier struct {
	*tx
	from  *grants
	by    string
	now   time.Time
	notes []string // what was carried over, as the access log has it
}

// afterRestore ends all sessions of a restored database and carries over what the
// replaced one withdrew; from is nil if nothing is to be carried over.
func (db *DB) afterRestore(ctx context.Context, from *grants, by, backup string, now time.Time) (notes []string, err error) {
	err = db.update(ctx, func(t *tx) error {
		c := carrier{tx: t, from: from, by: by, now: now}
		ended, err := t.exec(ctx, `DELETE FROM sessions`)
		if err != nil {
			return err
		}
		subject := fmt.Sprintf("from %s, sessions ended: %d", backup, ended)
		if from == nil {
			subject += ", users and tokens as in the backup"
		}
		if err := t.logAccess(ctx, AccessLine{At: now, Actor: by, Kind: "database_restored", Subject: subject, Origin: "local"}); err != nil || from == nil {
			return err
		}
		if err := c.carryUsers(ctx); err != nil {
			return err
		}
		err = c.carryTokens(ctx)
		notes = c.notes
		return err
	})
	return notes, err
}

func (c *carrier) note(ctx context.Context, kind, subject string) error {
	c.notes = append(c.notes, kind+" "+subject)
	return c.logAccess(ctx, AccessLine{At: c.now, Actor: c.by, Kind: kind, Subject: subject + carriedNote, Origin: "local"})
}

func (c *carrier) carryUsers(ctx context.Context) error {
	users, err := c.users(ctx, `ORDER BY id`)
	if err != nil {
		return err
	}
	for i := range c.from.users {
		old := &c.from.users[i]
		at := slices.IndexFunc(users, func(u User) bool {
			return u.Subject == old.Subject && (u.Subject != "" || u.Name == old.Name)
		})
		if at < 0 {
			err = c.keepOut(ctx, old)
		} else {
			err = c.carryUser(ctx, &users[at], old)
		}
		if err != nil {
			return fmt.Errorf("user %s: %w", old.Name, err)
		}
	}
	return nil
}

// keepOut adds a user whom the backup lacks as a disabled one: restoring a backup that
// has the user again must not bring back an old password.
func (c *carrier) keepOut(ctx context.Context, old *carriedUser) error {
	const add = `INSERT INTO users (name, subject, role, password, disabled, created_at, role_lost_at, must_change, totp_secret, totp_step)
		VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING id`
	var id sql.Null[int64]
	err := c.one(ctx, []any{&id}, nil, add, old.Name, old.Subject, old.Role, old.Password, millis(old.CreatedAt), orNullInt(old.lost), old.must, old.secret, old.step)
	if err != nil || !id.Valid {
		return err // the backup has another user of this name
	}
	c.sealRow(record.User, id.V)
	if err := c.carryRecovery(ctx, id.V, old.ID); err != nil {
		return err
	}
	return c.note(ctx, "user_disabled", old.Name)
}

// carryUser makes a user of the backup at most what the replaced database allowed.
func (c *carrier) carryUser(ctx context.Context, u *User, old *carriedUser) error {
	set := func(kind, subject, stmt string, args ...any) error {
		if _, err := c.exec(ctx, stmt, append(args, u.ID)...); err != nil {
			return err
		}
		c.sealRow(record.User, u.ID)
		return c.note(ctx, kind, subject)
	}
	var errs []error
	if old.Disabled && !u.Disabled {
		errs = append(errs, set("user_disabled", u.Name, `UPDATE users SET disabled = 1 WHERE id = $1`))
	}
	if rank(old.Role) < rank(u.Role) {
		errs = append(errs, set("role_changed", u.Name+" "+old.Role, `UPDATE users SET role = $1 WHERE id = $2`, old.Role))
	}
	if old.lost != 0 && u.RoleLostAt.IsZero() {
		errs = append(errs, set("role_lost", u.Name, `UPDATE users SET role_lost_at = $1 WHERE id = $2`, old.lost))
	}
	if old.Password != "" && (old.Password != u.Password || old.must && !u.MustChange) {
		errs = append(errs, set("password_changed", u.Name, `UPDATE users SET password = $1, must_change = $2 WHERE id = $3`, old.Password, old.must))
	}
	if old.secret != "" {
		errs = append(errs, c.carrySecond(ctx, u, old, set))
	}
	return errors.Join(errs...)
}

// carrySecond takes over a newer second factor, and which codes were used.
func (c *carrier) carrySecond(ctx context.Context, u *User, old *carriedUser, set func(string, string, string, ...any) error) error {
	if old.secret == u.TOTPSecret {
		if _, err := c.exec(ctx, `UPDATE users SET totp_step = MAX(totp_step, $1) WHERE id = $2`, old.step, u.ID); err != nil {
			return err
		}
	} else if err := set("second_factor_set", u.Name, `UPDATE users SET totp_secret = $1, totp_step = $2 WHERE id = $3`, old.secret, old.step); err != nil {
		return err
	}
	return c.carryRecovery(ctx, u.ID, old.ID)
}

// carryRecovery replaces the recovery codes of a user.
func (c *carrier) carryRecovery(ctx context.Context, id, old int64) error {
	if _, err := c.exec(ctx, `DELETE FROM recovery_codes WHERE user_id = $1`, id); err != nil {
		return err
	}
	for _, code := range c.from.recovery[old] {
		const add = `INSERT INTO recovery_codes (user_id, hash, used_at) VALUES ($1, $2, $3)`
		if _, err := c.exec(ctx, add, id, code.hash, code.used); err != nil {
			return err
		}
	}
	return nil
}

// carryTokens revokes what the replaced database had revoked. Revoked tokens that the
// backup lacks are added, so that restoring a backup that has them does not bring
// them back. If the backup has neither users nor tokens, all are added: access control
// would be off otherwise.
func (c *carrier) carryTokens(ctx context.Context) error {
	var guarded bool
	if err := c.one(ctx, []any{&guarded}, nil, guardedSQL); err != nil {
		return err
	}
	for i := range c.from.tokens {
		old := &c.from.tokens[i]
		if old.RevokedAt.IsZero() && guarded {
			continue
		}
		revoked := c.now.UnixMilli()
		if !old.RevokedAt.IsZero() {
			revoked = old.RevokedAt.UnixMilli()
		}
		var id sql.Null[int64]
		err := c.one(ctx, []any{&id}, nil, `UPDATE tokens SET revoked_at = $1 WHERE hash = $2 AND revoked_at IS NULL RETURNING id`, revoked, old.Hash)
		if err == nil && !id.Valid {
			const add = `INSERT INTO tokens (name, hash, role, created_at, expires_at, revoked_at)
				VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING id`
			err = c.one(ctx, []any{&id}, nil, add, old.Name, old.Hash, old.Role, millis(old.CreatedAt), millis(old.ExpiresAt), revoked)
		}
		if err == nil && id.Valid {
			c.sealRow(record.Token, id.V)
			err = c.note(ctx, "token_revoked", old.Name)
		}
		if err != nil {
			return fmt.Errorf("token %s: %w", old.Name, err)
		}
	}
	return nil
}

// rank orders the roles; an unknown one has no rights.
func rank(role string) int { return slices.Index([]string{"viewer", "analyst", "admin"}, role) }

func orNullInt(n int64) sql.Null[int64] { return sql.Null[int64]{V: n, Valid: n != 0} }
