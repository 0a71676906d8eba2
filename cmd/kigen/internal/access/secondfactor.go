package access

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"image/png"
	"slices"
	"strings"
	"unicode"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"kigen/sla/tracker"
	"kigen/store"
)

const (
	codeSeconds = 30 // a code's time step, as in RFC 6238
	codeDigits  = 6

	recoveryCodes = 10
	recoveryBytes = 10 // of one code: not guessable, so SHA-256 alone keeps it
	qrPixels      = 232

	sealEnrol = "enrol"
)

// Enrolment is a second factor that is about to be set up.
type Enrolment struct {
	Secret string // for typing, in groups of four
	QR     []byte // a PNG
	Sealed string // the secret, for the form that confirms it
}

// enrolment is what the form carries.
type enrolment struct {
	User   int64  `json:"u"`
	Secret string `json:"s"`
	At     int64  `json:"t"`
}

// NewSecondFactor returns a new secret for the key's user. It is stored when a code of
// it is given.
func (k *Keeper) NewSecondFactor(ctx context.Context, key string) (*Enrolment, error) {
	s, err := k.own(ctx, key)
	if err != nil {
		return nil, err
	}
	made, err := totp.Generate(totp.GenerateOpts{Issuer: "kigen", AccountName: s.User.Name, Period: codeSeconds, Rand: rand.Reader})
	if err != nil {
		return nil, err
	}
	return k.offer(ctx, s, made)
}

func (k *Keeper) offer(ctx context.Context, s *store.Session, made *otp.Key) (*Enrolment, error) {
	sealed, err := k.seal(ctx, sealEnrol, enrolment{s.User.ID, made.Secret(), k.now().Unix()})
	if err != nil {
		return nil, err
	}
	picture, err := made.Image(qrPixels, qrPixels)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := png.Encode(&text, picture); err != nil {
		return nil, err
	}
	var groups []string
	for part := range slices.Chunk([]byte(made.Secret()), 4) {
		groups = append(groups, string(part))
	}
	return &Enrolment{Secret: strings.Join(groups, " "), QR: text.Bytes(), Sealed: sealed}, nil
}

// Enrol stores the second factor of the key's user when the code is right, and returns
// the recovery codes, which cannot be shown again. A user who is not obliged to it at
// this moment gives the password too. The error can be ErrRefused or a *TooManyError.
func (k *Keeper) Enrol(ctx context.Context, key, sealed, code, password string, a Attempt) (recovery []string, err error) {
	s, err := k.own(ctx, key)
	if err != nil {
		return nil, err
	}
	if s.User.Subject != "" || s.User.TOTPSecret != "" {
		return nil, ErrRefused
	}
	var given enrolment
	if !k.unseal(ctx, sealEnrol, sealed, &given) || given.User != s.User.ID || k.now().Unix()-given.At > int64(stepLife.Seconds()) {
		return nil, ErrRefused
	}
	if k.step(s) != StepEnrol {
		if err := k.confirmPassword(ctx, s, password, a); err != nil {
			return nil, err
		}
	}
	step := k.stepOf(given.Secret, tidyCode(code), 0)
	if step == 0 {
		return nil, ErrRefused
	}
	recovery, hashes := newRecoveryCodes()
	s.User.TOTPSecret, s.User.TOTPStep = given.Secret, step
	line := store.AccessLine{At: k.now(), Actor: identity(&s.User).Actor(), Kind: "second_factor_set", Subject: s.User.Name, Origin: a.From}
	return recovery, k.store.SetSecondFactor(ctx, &s.User, s.Hash, hashes, line)
}

// GiveCode completes a sign-in with a code of the second factor or a recovery code.
// The session continues under a new key. The error can be ErrRefused or a
// *TooManyError.
func (k *Keeper) GiveCode(ctx context.Context, key, code string, a Attempt) (Entry, error) {
	s, err := k.own(ctx, key)
	if err != nil {
		return Entry{}, err
	}
	if k.step(s) != StepCode {
		return Entry{}, ErrRefused
	}
	if err := k.checkCode(ctx, s, code, a); err != nil {
		return Entry{}, err
	}
	fresh, hash := newKey("")
	line := store.AccessLine{At: k.now(), Actor: identity(&s.User).Actor(), Kind: "signed_in", Origin: a.From}
	if err := k.store.ConfirmSession(ctx, s.Hash, hash, line); err != nil {
		if errors.Is(err, tracker.ErrNotFound) {
			return Entry{}, ErrSignedOut
		}
		return Entry{}, err
	}
	s.Second = true
	known, err := k.remember(ctx, s.User.Name, a.Device)
	return Entry{Key: fresh, Who: k.identityIn(s), Device: known}, err
}

// RenewRecovery replaces the recovery codes of the key's user, who gives a code of the
// second factor.
func (k *Keeper) RenewRecovery(ctx context.Context, key, code string, a Attempt) (recovery []string, err error) {
	s, err := k.confirmedBy(ctx, key, code, a)
	if err != nil {
		return nil, err
	}
	recovery, hashes := newRecoveryCodes()
	line := store.AccessLine{At: k.now(), Actor: identity(&s.User).Actor(), Kind: "recovery_codes_renewed", Subject: s.User.Name, Origin: a.From}
	return recovery, k.store.SetRecoveryCodes(ctx, s.User.ID, hashes, line)
}

// RemoveSecondFactor removes the second factor of the key's user, who gives a code of
// it, and ends all sessions of the user. Where the role requires one, the next sign-in
// sets up another.
func (k *Keeper) RemoveSecondFactor(ctx context.Context, key, code string, a Attempt) error {
	s, err := k.confirmedBy(ctx, key, code, a)
	if err != nil {
		return err
	}
	line := store.AccessLine{At: k.now(), Actor: identity(&s.User).Actor(), Kind: "second_factor_removed", Subject: s.User.Name, Origin: a.From}
	return k.store.ClearSecondFactor(ctx, &s.User, line)
}

// confirmedBy returns the session of a user who has a second factor and gave a code.
func (k *Keeper) confirmedBy(ctx context.Context, key, code string, a Attempt) (*store.Session, error) {
	s, err := k.own(ctx, key)
	if err != nil {
		return nil, err
	}
	if s.User.TOTPSecret == "" || k.step(s) == StepCode {
		return nil, ErrRefused
	}
	return s, k.checkCode(ctx, s, code, a)
}

// checkCode accepts each code once.
func (k *Keeper) checkCode(ctx context.Context, s *store.Session, code string, a Attempt) error {
	bucket := "user " + s.User.Name
	if d := k.device(ctx, a.Device); d.Name == s.User.Name {
		bucket = "device " + d.ID
	}
	if err := waited(k.codes.try(bucket, k.now())); err != nil {
		return err
	}
	ok, err := k.useCode(ctx, s, tidyCode(code), a.From)
	if err != nil {
		return err
	}
	if !ok {
		return errors.Join(ErrRefused, k.refuse(ctx, identity(&s.User).Actor(), a.From))
	}
	k.codes.succeed(bucket)
	return nil
}

func (k *Keeper) useCode(ctx context.Context, s *store.Session, code, from string) (bool, error) {
	if len(code) == codeDigits {
		step := k.stepOf(s.User.TOTPSecret, code, s.User.TOTPStep)
		if step == 0 {
			return false, nil
		}
		return k.store.UseStep(ctx, s.User.ID, step)
	}
	line := store.AccessLine{At: k.now(), Actor: identity(&s.User).Actor(), Kind: "recovery_code_used", Subject: s.User.Name, Origin: from}
	_, err := k.store.UseRecoveryCode(ctx, s.User.ID, hashKey(code), k.now(), line)
	if errors.Is(err, tracker.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// stepOf returns the time step of a code; 0 if the code is wrong or not after the last
// step. The clock of a phone may be a step off.
func (k *Keeper) stepOf(secret, code string, last int64) int64 {
	current := k.now().Unix() / codeSeconds
	for step := current - 1; step <= current+1; step++ {
		ok, err := hotp.ValidateCustom(code, uint64(step), secret, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && ok && step > last {
			return step
		}
	}
	return 0
}

// longestCode bounds a code before it is normalised, in bytes.
const longestCode = 128

// tidyCode accepts codes as people type them: in groups, in lower case, in full width.
func tidyCode(code string) string {
	if len(code) > longestCode {
		return ""
	}
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' {
			return -1
		}
		return r
	}, normal(code)))
}

// newRecoveryCodes returns codes to show, in groups, and the hashes to store.
func newRecoveryCodes() (codes, hashes []string) {
	for range recoveryCodes {
		b := make([]byte, recoveryBytes)
		rand.Read(b) //nolint:errcheck // crypto/rand ends the program rather than fail
		code := base32.StdEncoding.EncodeToString(b)
		hashes = append(hashes, hashKey(code))
		codes = append(codes, code[:4]+"-"+code[4:8]+"-"+code[8:12]+"-"+code[12:])
	}
	return codes, hashes
}
