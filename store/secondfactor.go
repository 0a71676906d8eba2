package store

import (
	"context"
	"fmt"
	"time"

	"kigen/sla/record"
	"kigen/sla/tracker"
)

// SetSecondFactor stores a user's secret, the time step of the code that confirmed it
// and the hashes of new recovery codes. It replaces earlier ones and ends the user's
// sessions except the one with the hash keep, in which the factor was given.
func (db *DB) SetSecondFactor(ctx context.Context, u *User, keep string, recovery []string, line AccessLine) error {
	return db.logged(ctx, line, func(t *tx) error {
		if _, err := t.exec(ctx, `UPDATE users SET totp_secret = $1, totp_step = $2 WHERE id = $3`, u.TOTPSecret, u.TOTPStep, u.ID); err != nil {
			return err
		}
		t.sealRow(record.User, u.ID)
		if err := t.setRecovery(ctx, u.ID, recovery); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `UPDATE sessions SET second = 1 WHERE hash = $1`, keep); err != nil {
			return err
		}
		_, err := t.exec(ctx, `DELETE FROM sessions WHERE user_id = $1 AND hash <> $2`, u.ID, keep)
		return err
	})
}

// SetRecoveryCodes replaces the recovery codes of a user.
func (db *DB) SetRecoveryCodes(ctx context.Context, user int64, recovery []string, line AccessLine) error {
	return db.logged(ctx, line, func(t *tx) error { return t.setRecovery(ctx, user, recovery) })
}

func (t *tx) setRecovery(ctx context.Context, user int64, recovery []string) error {
	if _, err := t.exec(ctx, `DELETE FROM recovery_codes WHERE user_id = $1`, user); err != nil {
		return err
	}
	for _, hash := range recovery {
		if _, err := t.exec(ctx, `INSERT INTO recovery_codes (user_id, hash) VALUES ($1, $2)`, user, hash); err != nil {
			return err
		}
	}
	return nil
}

// ClearSecondFactor removes a user's second factor and ends the user's sessions.
func (db *DB) ClearSecondFactor(ctx context.Context, u *User, line AccessLine) error {
	return db.logged(ctx, line, func(t *tx) error {
		for _, stmt := range []string{
			`UPDATE users SET totp_secret = '', totp_step = 0 WHERE id = $1`,
			`DELETE FROM recovery_codes WHERE user_id = $1`, `DELETE FROM sessions WHERE user_id = $1`,
		} {
			if _, err := t.exec(ctx, stmt, u.ID); err != nil {
				return err
			}
		}
		t.sealRow(record.User, u.ID)
		return nil
	})
}

// UseStep records that a code of this time step was given; false if one of this step
// or a later one was given before.
func (db *DB) UseStep(ctx context.Context, user, step int64) (first bool, err error) {
	err = db.update(ctx, func(t *tx) error {
		n, err := t.exec(ctx, `UPDATE users SET totp_step = $1 WHERE id = $2 AND totp_step < $3`, step, user, step)
		first = n > 0
		return err
	})
	return first, err
}

// UseRecoveryCode uses up a recovery code and returns how many are left. The error is
// tracker.ErrNotFound if there is no such unused code.
func (db *DB) UseRecoveryCode(ctx context.Context, user int64, hash string, at time.Time, line AccessLine) (left int, err error) {
	err = db.logged(ctx, line, func(t *tx) error {
		const use = `UPDATE recovery_codes SET used_at = $1 WHERE user_id = $2 AND hash = $3 AND used_at IS NULL`
		if n, err := t.exec(ctx, use, at.UnixMilli(), user, hash); err != nil || n == 0 {
			return fmt.Errorf("recovery code: %w", orNotFound(err))
		}
		return t.one(ctx, []any{&left}, nil, recoveryLeftSQL, user)
	})
	return left, err
}

const recoveryLeftSQL = `SELECT COUNT(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL`

// RecoveryLeft returns how many recovery codes of a user are unused.
func (db *DB) RecoveryLeft(ctx context.Context, user int64) (left int, err error) {
	err = db.view(ctx, func(r *reader) error { return r.one(ctx, []any{&left}, nil, recoveryLeftSQL, user) })
	return left, err
}

// ConfirmSession marks that the second factor was given in a session, and gives the
// session a new key: one that was seen before is worthless.
func (db *DB) ConfirmSession(ctx context.Context, hash, fresh string, line AccessLine) error {
	return db.logged(ctx, line, func(t *tx) error {
		n, err := t.exec(ctx, `UPDATE sessions SET hash = $1, second = 1 WHERE hash = $2`, fresh, hash)
		if err == nil && n == 0 {
			err = tracker.ErrNotFound
		}
		return err
	})
}
