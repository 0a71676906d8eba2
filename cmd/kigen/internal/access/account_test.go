package access_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"kigen/cmd/kigen/internal/access"
)

// under is the house with these rules.
func (h *house) under(limits access.Limits) {
	limits.Idle, limits.Life = 8*time.Hour, 24*time.Hour
	h.keeper = access.New(h.db, func() time.Time { return h.now }, limits, cheap)
}

func (h *house) user(name string, role access.Role) {
	h.t.Helper()
	h.must(h.manage().AddUser(h.t.Context(), name, role, password))
}

// code is the code of a secret now.
func (h *house) code(secret string) string {
	h.t.Helper()
	code, err := totp.GenerateCode(strings.ReplaceAll(secret, " ", ""), h.now)
	h.must(err)
	return code
}

// enrol gives the user of a session a second factor.
func (h *house) enrol(key string) (secret string, recovery []string) {
	h.t.Helper()
	made, err := h.keeper.NewSecondFactor(h.t.Context(), key)
	h.must(err)
	recovery, err = h.keeper.Enrol(h.t.Context(), key, made.Sealed, h.code(made.Secret), password, access.Attempt{From: "10.0.0.1"})
	h.must(err)
	return made.Secret, recovery
}

func (h *house) who(key string) access.Identity {
	h.t.Helper()
	who, ok, err := h.keeper.BySession(h.t.Context(), key, access.Look)
	h.must(err)
	if !ok {
		return access.Identity{}
	}
	return who
}

func (h *house) give(key, code string) (access.Entry, error) {
	return h.keeper.GiveCode(h.t.Context(), key, code, access.Attempt{From: "10.0.0.1"})
}

// With a second factor, the password alone opens nothing, and each code opens once.
func TestSecondFactor(t *testing.T) {
	h := newHouse(t)
	h.user("yamada", access.Admin)
	first, err := h.enter("yamada", "10.0.0.1", "")
	h.must(err)
	other, err := h.enter("yamada", "10.0.0.2", "")
	h.must(err)
	secret, _ := h.enrol(first.Key)
	if who := h.who(first.Key); who.Role != access.Admin {
		t.Errorf("the session that set it up is %+v", who)
	}
	if who := h.who(other.Key); who.Kind != access.KindAnonymous {
		t.Errorf("a session from before goes on: %+v", who)
	}
	h.now = h.now.Add(time.Minute)
	half, err := h.enter("yamada", "10.0.0.1", "")
	h.must(err)
	if half.Device != "" || half.Who.Role != access.NoRole || half.Who.Step != access.StepCode {
		t.Errorf("the password alone gives %+v", half)
	}
	if who := h.who(half.Key); who.Role != access.NoRole || who.Step != access.StepCode {
		t.Errorf("its session is %+v", who)
	}
	for _, wrong := range []string{"000000", "", "12345", strings.Repeat("1", 10_000)} {
		if _, err := h.give(half.Key, wrong); !errors.Is(err, access.ErrRefused) {
			t.Errorf("%.10q: %v", wrong, err)
		}
	}
	code := h.code(secret)
	whole, err := h.give(half.Key, " "+code[:3]+"\u3000"+code[3:]+" ")
	h.must(err)
	if whole.Key == half.Key || whole.Device == "" || h.who(whole.Key).Role != access.Admin || h.who(half.Key).Kind != access.KindAnonymous {
		t.Errorf("after the code: %+v", whole)
	}
	next, err := h.enter("yamada", "10.0.0.1", "")
	h.must(err)
	if _, err := h.give(next.Key, code); !errors.Is(err, access.ErrRefused) {
		t.Errorf("the code again: %v", err)
	}
	h.now = h.now.Add(30 * time.Second)
	if _, err := h.give(next.Key, h.code(secret)); err != nil {
		t.Errorf("the next code: %v", err)
	}
	u, err := h.db.User(t.Context(), "yamada")
	h.must(err)
	if u.TOTPSecret == "" || strings.Contains(fmt.Sprint(whole), u.TOTPSecret) {
		t.Error("the secret is not stored, or shown")
	}
}

// A session that waits for a code ends after ten minutes, and is good for nothing else.
func TestHalfASignIn(t *testing.T) {
	h := newHouse(t)
	h.user("yamada", access.Admin)
	first, err := h.enter("yamada", "10.0.0.1", "")
	h.must(err)
	h.enrol(first.Key)
	half, err := h.enter("yamada", "10.0.0.1", "")
	h.must(err)
	a := access.Attempt{From: "10.0.0.1"}
	if err := h.keeper.ChangePassword(t.Context(), half.Key, password, "another long password", a); !errors.Is(err, access.ErrRefused) {
		t.Errorf("change the password: %v", err)
	}
	if err := h.keeper.RemoveSecondFactor(t.Context(), half.Key, "000000", a); !errors.Is(err, access.ErrRefused) {
		t.Errorf("remove the second factor: %v", err)
	}
	if made, err := h.keeper.NewSecondFactor(t.Context(), half.Key); err == nil {
		if _, err := h.keeper.Enrol(t.Context(), half.Key, made.Sealed, h.code(made.Secret), password, a); !errors.Is(err, access.ErrRefused) {
			t.Errorf("set up another: %v", err)
		}
	}
	h.now = h.now.Add(10 * time.Minute)
	if who := h.who(half.Key); who.Kind != access.KindAnonymous {
		t.Errorf("after ten minutes: %+v", who)
	}
}

// Six digits are few, so guesses at them are slowed down, also over many sessions.
func TestGuessesAtCodes(t *testing.T) {
	h := newHouse(t)
	h.user("yamada", access.Admin)
	first, err := h.enter("yamada", "10.0.0.1", "")
	h.must(err)
	secret, _ := h.enrol(first.Key)
	checked := 0
	for range 300 {
		half, err := h.enter("yamada", "10.0.0.66", "")
		h.must(err)
		if _, err := h.give(half.Key, "000000"); errors.Is(err, access.ErrRefused) {
			checked++
		}
		h.now = h.now.Add(time.Second)
	}
	if checked > 14 {
		t.Errorf("%d codes were checked in 300 s", checked)
	}
	// The user's own browser has a bucket of its own.
	half, err := h.enter("yamada", "10.0.0.1", first.Device)
	h.must(err)
	_, err = h.keeper.GiveCode(t.Context(), half.Key, h.code(secret), access.Attempt{From: "10.0.0.1", Device: first.Device})
	h.must(err)
}

// A recovery code replaces the phone once. New ones replace the old.
func TestRecoveryCodes(t *testing.T) {
	h := newHouse(t)
	h.user("yamada", access.Viewer)
	first, err := h.enter("yamada", "10.0.0.1", "")
	h.must(err)
	secret, codes := h.enrol(first.Key)
	if len(codes) != 10 || len(slices.Compact(slices.Sorted(slices.Values(codes)))) != 10 {
		t.Fatalf("codes %v", codes)
	}
	try := func(code string) error {
		half, err := h.enter("yamada", "10.0.0.1", "")
		h.must(err)
		_, err = h.give(half.Key, code)
		h.now = h.now.Add(time.Minute)
		return err
	}
	h.must(try(strings.ToLower(strings.ReplaceAll(codes[0], "-", " "))))
	if err := try(codes[0]); !errors.Is(err, access.ErrRefused) {
		t.Errorf("the code again: %v", err)
	}
	account, err := h.keeper.Account(t.Context(), first.Key)
	h.must(err)
	if account.RecoveryLeft != 9 || !account.SecondFactor {
		t.Errorf("the account is %+v", account)
	}
	renewed, err := h.keeper.RenewRecovery(t.Context(), first.Key, h.code(secret), access.Attempt{From: "10.0.0.1"})
	h.must(err)
	if err := try(codes[1]); !errors.Is(err, access.ErrRefused) {
		t.Errorf("an old code: %v", err)
	}
	h.must(try(renewed[0]))
	lines, err := h.db.AccessLog(t.Context(), 0)
	h.must(err)
	for _, l := range lines {
		for _, code := range append(codes, renewed...) {
			if strings.Contains(fmt.Sprint(l), strings.ReplaceAll(code, "-", "")) {
				t.Errorf("the log holds a code: %+v", l)
			}
		}
	}
}

// A role may require a second factor. Users of the role set it up first, also those
// whose session is open, and nothing else works.
func TestSecondFactorByRole(t *testing.T) {
	h := newHouse(t)
	h.user("yamada", access.Admin)
	h.user("suzuki", access.Viewer)
	open, err := h.enter("yamada", "10.0.0.1", "")
	h.must(err)
	h.under(access.Limits{SecondFactor: []access.Role{access.Admin}})
	if who := h.who(open.Key); who.Role != access.NoRole || who.Step != access.StepEnrol {
		t.Errorf("the open session is %+v", who)
	}
	viewer, err := h.enter("suzuki", "10.0.0.1", "")
	h.must(err)
	if viewer.Who.Role != access.Viewer {
		t.Errorf("a viewer gets %+v", viewer.Who)
	}
	made, err := h.keeper.NewSecondFactor(t.Context(), open.Key)
	h.must(err)
	if _, err := h.keeper.Enrol(t.Context(), viewer.Key, made.Sealed, h.code(made.Secret), password, access.Attempt{From: "::1"}); !errors.Is(err, access.ErrRefused) {
		t.Errorf("another user's form: %v", err)
	}
	// The sign-in asked for the password already.
	_, err = h.keeper.Enrol(t.Context(), open.Key, made.Sealed, h.code(made.Secret), "", access.Attempt{From: "::1"})
	h.must(err)
	if who := h.who(open.Key); who.Role != access.Admin {
		t.Errorf("afterwards it is %+v", who)
	}
	// Who removes it sets up another.
	h.now = h.now.Add(time.Minute)
	h.must(h.keeper.RemoveSecondFactor(t.Context(), open.Key, h.code(made.Secret), access.Attempt{From: "::1"}))
	again, err := h.enter("yamada", "10.0.0.1", "")
	h.must(err)
	if again.Who.Step != access.StepEnrol {
		t.Errorf("without it: %+v", again.Who)
	}
	h.enrol(again.Key)
	h.must(h.manage().ResetSecondFactor(t.Context(), "yamada"))
	if h.who(again.Key).Kind != access.KindAnonymous {
		t.Error("the session outlasts the reset")
	}
}

// Without passwords, local users are out at once, with their sessions.
func TestSingleSignOnOnly(t *testing.T) {
	h := newHouse(t)
	h.user("yamada", access.Admin)
	open, err := h.enter("yamada", "10.0.0.1", "")
	h.must(err)
	h.under(access.Limits{NoPasswords: true})
	if _, err := h.enter("yamada", "10.0.0.1", ""); !errors.Is(err, access.ErrNoPasswords) {
		t.Errorf("the right password: %v", err)
	}
	if h.who(open.Key).Kind != access.KindAnonymous {
		t.Error("the open session goes on")
	}
	person := access.Person{Subject: "https://login 1", Name: "sato", Role: access.Viewer}
	if _, err := h.keeper.SignInAs(t.Context(), person, access.Attempt{From: "10.0.0.1"}); err != nil {
		t.Errorf("single sign-on: %v", err)
	}
}

// A password that an admin has set is changed before anything else.
func TestForcedChange(t *testing.T) {
	h := newHouse(t)
	h.must(h.manage().AddUserOnce(t.Context(), "yamada", access.Analyst, password))
	e, err := h.enter("yamada", "10.0.0.1", "")
	h.must(err)
	if e.Who.Step != access.StepPassword || e.Who.Role != access.NoRole {
		t.Errorf("signed in as %+v", e.Who)
	}
	change := func(present, next string) error {
		return h.keeper.ChangePassword(t.Context(), e.Key, present, next, access.Attempt{From: "10.0.0.1"})
	}
	for _, test := range []struct {
		present, next, want string
	}{
		{"wrong password", "another long password", "wrong name or password"}, {password, password, "present one"},
		{password, "short", "too short"}, {password, "yamada-yamada-2026", "own name"},
	} {
		if err := change(test.present, test.next); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s to %s: %v", test.present, test.next, err)
		}
	}
	other, err := h.enter("yamada", "10.0.0.2", "")
	h.must(err)
	h.must(change(password, "another long password"))
	if who := h.who(e.Key); who.Role != access.Analyst {
		t.Errorf("after the change: %+v", who)
	}
	if h.who(other.Key).Kind != access.KindAnonymous {
		t.Error("the other session goes on")
	}
	if _, err := h.enter("yamada", "10.0.0.1", ""); !errors.Is(err, access.ErrRefused) {
		t.Errorf("the old password: %v", err)
	}
	h.must(h.manage().SetPasswordOnce(t.Context(), "yamada", password))
	e, err = h.enter("yamada", "10.0.0.1", "")
	h.must(err)
	if e.Who.Step != access.StepPassword {
		t.Errorf("after a reset: %+v", e.Who)
	}
}

// Sessions are listed, ended one by one or at once, and limited: the oldest end.
func TestOwnSessions(t *testing.T) {
	h := newHouse(t)
	h.under(access.Limits{Most: 3})
	h.user("yamada", access.Viewer)
	h.user("suzuki", access.Viewer)
	foreign, err := h.enter("suzuki", "10.0.0.1", "")
	h.must(err)
	var keys []string
	for i := range 5 {
		e, err := h.keeper.SignIn(t.Context(), access.Attempt{Name: "yamada", Password: password, From: fmt.Sprintf("10.0.1.%d", i), Agent: "Browser\n" + strings.Repeat("x", 1000)})
		h.must(err)
		keys = append(keys, e.Key)
		h.now = h.now.Add(time.Minute)
	}
	for i, key := range keys {
		if got := h.who(key).Kind != access.KindAnonymous; got != (i >= 2) {
			t.Errorf("session %d is open: %v", i, got)
		}
	}
	account, err := h.keeper.Account(t.Context(), keys[4])
	h.must(err)
	if len(account.Sessions) != 3 || !account.Sessions[0].Current || account.Sessions[1].Current || account.Sessions[1].Origin != "10.0.1.3" {
		t.Fatalf("sessions %+v", account.Sessions)
	}
	if agent := account.Sessions[0].Agent; len(agent) != 200 || strings.Contains(agent, "\n") {
		t.Errorf("the browser is %q", agent)
	}
	h.must(h.keeper.EndSessions(t.Context(), keys[4], account.Sessions[1].ID, "10.0.0.1"))
	if h.who(keys[3]).Kind != access.KindAnonymous || h.who(keys[2]).Kind == access.KindAnonymous {
		t.Error("another session was ended")
	}
	// The id of another user's session ends nothing.
	theirs, err := h.keeper.Account(t.Context(), foreign.Key)
	h.must(err)
	h.must(h.keeper.EndSessions(t.Context(), keys[4], theirs.Sessions[0].ID, "10.0.0.1"))
	h.must(h.keeper.EndSessions(t.Context(), keys[4], "", "10.0.0.1"))
	if h.who(keys[4]).Kind != access.KindAnonymous || h.who(keys[2]).Kind != access.KindAnonymous {
		t.Error("a session is left")
	}
	if h.who(foreign.Key).Kind == access.KindAnonymous {
		t.Error("another user's session was ended")
	}
	// One at a time: a second sign-in ends the first.
	h.under(access.Limits{Most: 1})
	one, err := h.enter("yamada", "10.0.0.1", "")
	h.must(err)
	two, err := h.enter("yamada", "10.0.0.2", "")
	h.must(err)
	if h.who(one.Key).Kind != access.KindAnonymous || h.who(two.Key).Kind == access.KindAnonymous {
		t.Error("the first session goes on, or the second does not")
	}
}
