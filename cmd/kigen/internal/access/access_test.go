package access_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/access"
	"kigen/store"
	"kigen/store/storetest"
)

const password = "long enough to be a secret"

var cheap = access.Cost{MemoryKiB: 8, Passes: 1, Threads: 1}

// house is a database with a keeper and a manager, at an instant that the test moves.
type house struct {
	t      *testing.T
	db     *store.DB
	now    time.Time
	keeper *access.Keeper
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, now: time.Date(2026, 5, 7, 12, 0, 0, 0, time.UTC)}
	var err error
	if h.db, err = store.Open(t.Context(), storetest.Path(t), h.now); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.db.Close(); err != nil {
			t.Error(err)
		}
	})
	h.keeper = access.New(h.db, func() time.Time { return h.now }, access.Limits{Idle: 8 * time.Hour, Life: 24 * time.Hour}, cheap)
	return h
}

func (h *house) manage() *access.Manager {
	return &access.Manager{Store: h.db, Now: h.now, Cost: cheap, By: "cli:test", From: "local"}
}

// signIn signs in from a browser that is not known.
func (h *house) signIn(name, password, from string) (key string, who access.Identity, err error) {
	e, err := h.keeper.SignIn(h.t.Context(), access.Attempt{Name: name, Password: password, From: from})
	return e.Key, e.Who, err
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func TestRolesIncludeTheLesserOnes(t *testing.T) {
	all := []access.Role{access.NoRole, access.Viewer, access.Analyst, access.Admin}
	for i, has := range all {
		for j, least := range all {
			if got := has.Includes(least); got != (i >= j) {
				t.Errorf("%q includes %q: %v", has, least, got)
			}
		}
	}
	for _, made := range []access.Role{"root", "Admin", "none"} {
		if made.Includes(access.Viewer) || access.Admin.Includes(made) {
			t.Errorf("the role %q, which there is not, gives or takes something", made)
		}
	}
}

func TestPasswords(t *testing.T) {
	h := newHouse(t)
	for given, want := range map[string]string{
		"elevenchars":   "too short",
		"漢字十一文字以上だ":     "too short",
		"Password1234":  "first to be guessed",
		"QwertyUiop123": "first to be guessed",
		"\uff30\uff21\uff33\uff33\uff37\uff2f\uff32\uff24\uff12\uff10\uff12\uff16": "first to be guessed", // full width: the same word on another keyboard
		"aaaabaaaabaaaab":               "repeats",
		"yamada-yamada-2026":            "own name",
		strings.Repeat("abcdefgh", 129): "too long",
		"not \xff a text at all":        "invalid characters",
	} {
		err := h.manage().AddUser(t.Context(), "yamada", access.Viewer, given)
		var refused *access.PasswordError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", given, err, want)
		}
		if err != nil && strings.Contains(err.Error(), given) {
			t.Errorf("the error shows the password: %v", err)
		}
	}
	for i, good := range []string{"correct zebra staple", "期限を過ぎても連絡がない場合", "twelve chars"} {
		name := string(rune('a' + i))
		if err := h.manage().AddUser(t.Context(), name, access.Viewer, good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
		if _, _, err := h.signIn(name, good, "::1"); err != nil {
			t.Errorf("%q does not let in: %v", good, err)
		}
	}
	u, err := h.db.User(t.Context(), "a")
	h.must(err)
	if !strings.HasPrefix(u.Password, "$argon2id$v=19$m=8,t=1,p=1$") || strings.Contains(u.Password, "zebra") {
		t.Errorf("stored is %q", u.Password)
	}
}

// One password typed on two keyboards is one password.
func TestPasswordsAreNormalised(t *testing.T) {
	h := newHouse(t)
	h.must(h.manage().AddUser(t.Context(), "yamada", access.Viewer, "abc \uff8a\uff9f\uff7d\uff9c\uff70\uff84\uff9e 2026 xyz")) // half-width katakana
	if _, _, err := h.signIn("YAMADA", "\uff41\uff42\uff43\u3000パスワード 2026 xyz", "::1"); err != nil {
		t.Errorf("full-width letters and katakana: %v", err)
	}
}

func TestNames(t *testing.T) {
	h := newHouse(t)
	for _, name := range []string{"", "Yamada", "山田", "a b", "oidc:x", "-x", strings.Repeat("x", 65), "x\n"} {
		var input *access.InputError
		if err := h.manage().AddUser(t.Context(), name, access.Viewer, password); !errors.As(err, &input) {
			t.Errorf("user %q: %v", name, err)
		}
		if _, err := h.manage().AddToken(t.Context(), name, access.Viewer, time.Time{}); !errors.As(err, &input) {
			t.Errorf("token %q: %v", name, err)
		}
	}
	h.must(h.manage().AddUser(t.Context(), "yamada.taro@example.jp", access.Viewer, password))
	if err := h.manage().AddUser(t.Context(), "yamada.taro@example.jp", access.Viewer, password); err == nil || !strings.Contains(err.Error(), "taken") {
		t.Errorf("the same again: %v", err)
	}
	for _, change := range []error{
		h.manage().SetRole(t.Context(), "nobody", access.Viewer), h.manage().Disable(t.Context(), "nobody"),
		h.manage().SetPassword(t.Context(), "nobody", password), h.manage().RevokeToken(t.Context(), "nobody"),
	} {
		var input *access.InputError
		if !errors.As(change, &input) {
			t.Errorf("whom there is not: %v", change)
		}
	}
}

// A password that was changed, or a user who was disabled, between the check and
// the beginning of the session begins none.
func TestSessionNeedsTheUserAsChecked(t *testing.T) {
	h := newHouse(t)
	h.must(h.manage().AddUser(t.Context(), "yamada", access.Admin, password))
	before, err := h.db.User(t.Context(), "yamada")
	h.must(err)
	h.must(h.manage().SetPassword(t.Context(), "yamada", password+"!"))
	session := &store.Session{Hash: "x", User: *before, CreatedAt: h.now, SeenAt: h.now}
	if err := h.db.BeginSession(t.Context(), session, store.SessionBounds{Old: h.now, Idle: h.now}, store.AccessLine{At: h.now}); err == nil {
		t.Error("a session began under the old password")
	}
	// And the role is the one that stands, not the one that was read.
	before, err = h.db.User(t.Context(), "yamada")
	h.must(err)
	h.must(h.manage().SetRole(t.Context(), "yamada", access.Viewer))
	session.User = *before
	h.must(h.db.BeginSession(t.Context(), session, store.SessionBounds{Old: h.now, Idle: h.now}, store.AccessLine{At: h.now}))
	if u, err := h.db.User(t.Context(), "yamada"); err != nil || u.Role != "viewer" {
		t.Errorf("the sign-in gave the role back: %+v, %v", u, err)
	}
}

func TestTokens(t *testing.T) {
	h := newHouse(t)
	key, err := h.manage().AddToken(t.Context(), "soar", access.Analyst, h.now.AddDate(0, 0, 90))
	h.must(err)
	if !strings.HasPrefix(key, "kgn_") || len(key) != len("kgn_")+43 {
		t.Errorf("the key is %q", key)
	}
	works := func(key string) bool {
		who, ok, err := h.keeper.ByToken(t.Context(), key, access.Use)
		h.must(err)
		return ok && who == access.Identity{Kind: access.KindToken, Name: "soar", Role: access.Analyst}
	}
	if !works(key) || works(key+"x") || works("") || works(strings.ToLower(key)) {
		t.Error("the key works, or another one does")
	}
	tokens, err := h.db.Tokens(t.Context())
	h.must(err)
	if tokens[0].UsedAt != h.now || strings.Contains(tokens[0].Hash, key[4:20]) {
		t.Errorf("stored is %+v", tokens[0])
	}
	if _, err := h.manage().AddToken(t.Context(), "soar", access.Viewer, time.Time{}); err == nil || !strings.Contains(err.Error(), "taken") {
		t.Errorf("the same name again: %v", err)
	}
	h.must(h.manage().RevokeToken(t.Context(), "soar"))
	if works(key) {
		t.Error("it works although it was revoked")
	}
	next, err := h.manage().AddToken(t.Context(), "soar", access.Analyst, h.now.Add(time.Hour))
	h.must(err)
	if !works(next) {
		t.Error("its successor does not work")
	}
	if h.now = h.now.Add(time.Hour); works(next) {
		t.Error("it works on its last instant")
	}
}

// Whoever guesses at names that there are not waits as long, and is told the
// same, as at one that there is.
func TestUnknownNamesCostTheSame(t *testing.T) {
	h := newHouse(t)
	h.must(h.manage().AddUser(t.Context(), "yamada", access.Admin, password))
	for _, name := range []string{"yamada", "nobody"} {
		var got []string
		for try := range 8 {
			_, _, err := h.signIn(name, "wrong", "10.0.0."+name+string(rune('0'+try)))
			got = append(got, err.Error())
		}
		want := access.ErrRefused.Error()
		for try, text := range got {
			if try < 5 && text != want || try >= 5 && text != "too many tries: wait 1s" {
				t.Errorf("%s, try %d: %s", name, try, text)
			}
		}
	}
}

// The wait doubles with each guess, up to 15 s for a name: a stranger can't lock its
// owner out for longer.
func TestTheWaitGrows(t *testing.T) {
	h := newHouse(t)
	h.must(h.manage().AddUser(t.Context(), "yamada", access.Admin, password))
	var waits []time.Duration
	for i := range 40 {
		_, _, err := h.signIn("yamada", "wrong", "10.0.0."+string(rune('0'+i)))
		var wait *access.TooManyError
		if errors.As(err, &wait) {
			waits = append(waits, wait.Wait)
			h.now = h.now.Add(wait.Wait)
		}
	}
	want := []int{1, 2, 4, 8, 15, 15, 15, 15}
	for i, w := range want {
		if waits[i] != time.Duration(w)*time.Second {
			t.Fatalf("waits %v, want %v seconds", waits, want)
		}
	}
	if _, _, err := h.signIn("yamada", password, "10.0.0.1"); err != nil {
		t.Errorf("after the wait: %v", err)
	}
	if _, _, err := h.signIn("yamada", "wrong", "10.0.0.2"); !errors.Is(err, access.ErrRefused) {
		t.Errorf("a slip after that: %v", err)
	}
}

// Whoever has one password gets no free guesses at others by signing in.
func TestOwnPasswordBuysNoGuesses(t *testing.T) {
	h := newHouse(t)
	h.must(h.manage().AddUser(t.Context(), "mallory", access.Viewer, password))
	checked := 0
	for i := range 50 {
		_, _, err := h.signIn("victim"+string(rune('a'+i)), "guess", "10.0.0.1")
		if errors.Is(err, access.ErrRefused) {
			checked++
		}
		if _, _, err := h.signIn("mallory", password, "10.0.0.1"); err != nil && !errors.As(err, new(*access.TooManyError)) {
			t.Fatal(err)
		}
	}
	if checked > 6 {
		t.Errorf("%d guesses were checked at once", checked)
	}
}

func TestEveryChangeIsLogged(t *testing.T) {
	h := newHouse(t)
	h.must(h.manage().AddUser(t.Context(), "yamada", access.Viewer, password))
	h.must(h.manage().SetRole(t.Context(), "yamada", access.Admin))
	h.must(h.manage().SetPassword(t.Context(), "yamada", password+"!"))
	key, who, err := h.signIn("yamada", password+"!", "10.0.0.1")
	h.must(err)
	h.must(h.keeper.SignOut(t.Context(), key, who, "10.0.0.1"))
	h.must(h.manage().Disable(t.Context(), "yamada"))
	h.must(h.manage().Enable(t.Context(), "yamada"))
	token, err := h.manage().AddToken(t.Context(), "soar", access.Viewer, time.Time{})
	h.must(err)
	h.must(h.manage().RevokeToken(t.Context(), "soar"))
	_, _, err = h.signIn(password, "a password in the wrong field", "10.0.0.1")
	if !errors.Is(err, access.ErrRefused) {
		t.Fatal(err)
	}
	lines, err := h.db.AccessLog(t.Context(), 0)
	h.must(err)
	var got []string
	for _, l := range lines {
		if !l.At.Equal(h.now) || l.Origin == "" {
			t.Errorf("line %+v", l)
		}
		got = append(got, strings.TrimSpace(l.Actor+" "+l.Kind+" "+l.Subject))
	}
	want := []string{
		"cli:test user_added yamada viewer", "cli:test role_changed yamada admin", "cli:test password_changed yamada",
		"user:yamada signed_in", "user:yamada signed_out", "cli:test user_disabled yamada", "cli:test user_enabled yamada",
		"cli:test token_added soar viewer", "cli:test token_revoked soar", "user:? refused",
	}
	text := strings.Join(got, "\n")
	if text != strings.Join(want, "\n") {
		t.Errorf("the log holds\n%s", text)
	}
	if strings.Contains(text, password) || strings.Contains(text, token) {
		t.Error("the log holds a secret")
	}
}

// A hash that somebody tampered with neither lets in nor stops the daemon.
func TestStrangeHashes(t *testing.T) {
	h := newHouse(t)
	h.must(h.manage().AddUser(t.Context(), "yamada", access.Viewer, password))
	for i, hash := range []string{
		"x", "$argon2id$v=19$m=8,t=1,p=1$$", "$argon2id$v=19$m=4294967295,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=8,t=0,p=0$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "$argon2i$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	} {
		u, err := h.db.User(t.Context(), "yamada")
		h.must(err)
		u.Password = hash
		h.must(h.db.ChangeUser(t.Context(), u, store.AccessLine{At: h.now}))
		_, _, err = h.signIn("yamada", password, "10.0.1."+string(rune('0'+i)))
		if err == nil || strings.Contains(err.Error(), hash+"x") || !strings.Contains(err.Error(), "kigen user passwd") {
			t.Errorf("%q: %v", hash, err)
		}
		h.now = h.now.Add(time.Hour)
	}
}

func TestSignInHeedsItsContext(t *testing.T) {
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.keeper.SignIn(ctx, access.Attempt{Name: "yamada", Password: password, From: "::1"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// What strangers type as a name is not kept, however long it is, and is slowed
// down all the same.
func TestLongNamesAreNotRemembered(t *testing.T) {
	h := newHouse(t)
	var err error
	for i := range 8 {
		_, _, err = h.signIn(strings.Repeat("x", 1<<20)+string(rune('a'+i)), "guess", "10.0.0."+string(rune('0'+i)))
	}
	if !errors.As(err, new(*access.TooManyError)) {
		t.Errorf("the eighth long name, each another: %v", err)
	}
}
