package access_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/access"
)

// enter signs in with a browser's cookie and returns the new one.
func (h *house) enter(name, from, device string) (access.Entry, error) {
	return h.keeper.SignIn(h.t.Context(), access.Attempt{Name: name, Password: password, From: from, Device: device})
}

// allocated returns the bytes that f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// NFKC makes 18 characters of each ﷺ: a name is bounded before it is normalised,
// and an attempt that has to wait costs next to nothing.
func TestHostileNamesAreCheap(t *testing.T) {
	h := newHouse(t)
	hostile := strings.Repeat("ﷺ", 340_000)
	for i := range 12 {
		got := allocated(func() {
			if _, _, err := h.signIn(hostile, "guess", "10.0.0.1"); err == nil {
				t.Error("signed in")
			}
		})
		if got > 256<<10 {
			t.Errorf("attempt %d allocates %d bytes", i+1, got)
		}
	}
	got := allocated(func() {
		err := h.manage().AddUser(t.Context(), "yamada", access.Viewer, hostile)
		if !errors.As(err, new(*access.PasswordError)) {
			t.Errorf("as a password: %v", err)
		}
	})
	if got > 64<<10 {
		t.Errorf("as a password it allocates %d bytes", got)
	}
}

// Guesses at a user from many addresses delay strangers. The user's own browser is
// not delayed, and 20 s after the last guess the password works from anywhere.
func TestGuessesDoNotLockOut(t *testing.T) {
	h := newHouse(t)
	h.must(h.manage().AddUser(t.Context(), "yamada", access.Admin, password))
	first, err := h.enter("yamada", "10.0.0.1", "")
	h.must(err)
	attack := func(n int) {
		for i := range n {
			_, _, _ = h.signIn("yamada", "guess", fmt.Sprintf("203.0.%d.%d", i/250, i%250))
			_, _, _ = h.signIn("yamada", "guess", "10.0.0.1") // also from the user's own address
			h.now = h.now.Add(time.Second)
		}
	}
	attack(500)
	if _, err := h.enter("yamada", "10.0.0.9", ""); !errors.As(err, new(*access.TooManyError)) {
		t.Errorf("a stranger with the password, during the attack: %v", err)
	}
	again, err := h.enter("yamada", "10.0.0.1", first.Device)
	if err != nil {
		t.Fatalf("the known browser, during the attack: %v", err)
	}
	if again.Device == "" || again.Key == first.Key {
		t.Error("the browser is no longer known")
	}
	attack(50)
	h.now = h.now.Add(20 * time.Second)
	if _, err := h.enter("yamada", "10.0.0.9", ""); err != nil {
		t.Errorf("from a new address, 20 s after the attack: %v", err)
	}
}

// A known browser is delayed by its own guesses, is known for its user alone, and
// for half a year.
func TestKnownBrowsers(t *testing.T) {
	h := newHouse(t)
	for _, name := range []string{"yamada", "suzuki"} {
		h.must(h.manage().AddUser(t.Context(), name, access.Viewer, password))
	}
	entry, err := h.enter("yamada", "10.0.0.1", "")
	h.must(err)
	guess := func(name, device string) error {
		_, err := h.keeper.SignIn(t.Context(), access.Attempt{Name: name, Password: "guess", From: "10.0.0.2", Device: device})
		return err
	}
	for range 6 {
		_ = guess("yamada", entry.Device)
	}
	if err = guess("yamada", entry.Device); !errors.As(err, new(*access.TooManyError)) {
		t.Errorf("the seventh guess of a known browser: %v", err)
	}
	for range 6 {
		_ = guess("suzuki", entry.Device)
	}
	if err = guess("suzuki", entry.Device); !errors.As(err, new(*access.TooManyError)) {
		t.Errorf("the seventh guess at another user: %v", err)
	}
	for name, cookie := range map[string]string{
		"none": "", "another signature": entry.Device[:len(entry.Device)-3] + "AAA", "no signature": strings.Split(entry.Device, ".")[0],
		"long": strings.Repeat("x", 1<<20),
	} {
		if id := h.keeper.KnownDevice(t.Context(), cookie); id != "" {
			t.Errorf("%s: is known as %s", name, id)
		}
	}
	if h.keeper.KnownDevice(t.Context(), entry.Device) == "" {
		t.Error("the browser is not known")
	}
	h.now = h.now.Add(access.DeviceLife + time.Second)
	if h.keeper.KnownDevice(t.Context(), entry.Device) != "" {
		t.Error("the browser is known for ever")
	}
}

// A restarted kigen knows the browsers that it knew.
func TestBrowsersStayKnownAcrossRestarts(t *testing.T) {
	h := newHouse(t)
	h.must(h.manage().AddUser(t.Context(), "yamada", access.Viewer, password))
	entry, err := h.enter("yamada", "10.0.0.1", "")
	h.must(err)
	next := access.New(h.db, func() time.Time { return h.now }, access.Limits{Idle: time.Hour, Life: time.Hour}, cheap)
	if next.KnownDevice(t.Context(), entry.Device) == "" {
		t.Error("the browser is forgotten")
	}
}

// Strangers may fill their queue; known browsers still get in, and an attempt that
// was not checked does not count.
func TestPasswordChecksAreBounded(t *testing.T) {
	h := newHouse(t)
	h.must(h.manage().AddUser(t.Context(), "yamada", access.Viewer, password))
	entry, err := h.enter("yamada", "10.0.0.1", "")
	h.must(err)
	access.FillStrangers(h.keeper)
	for range 20 {
		if _, err := h.enter("yamada", "10.0.0.2", ""); !errors.Is(err, access.ErrBusy) {
			t.Fatalf("a stranger at a full queue: %v", err)
		}
	}
	if _, err := h.enter("yamada", "10.0.0.1", entry.Device); err != nil {
		t.Errorf("the known browser: %v", err)
	}
}

// One IPv6 client owns a /64, and is one address.
func TestAddressesByNetwork(t *testing.T) {
	h := newHouse(t)
	checked := 0
	for i := range 50 {
		_, _, err := h.signIn(fmt.Sprintf("user%d", i), "guess", fmt.Sprintf("2001:db8::%x", i+1))
		if errors.Is(err, access.ErrRefused) {
			checked++
		}
	}
	if checked > 6 {
		t.Errorf("%d guesses of one network were checked at once", checked)
	}
	for address, want := range map[string]string{"2001:db8::1": "2001:db8::/64", "::ffff:10.0.0.1": "10.0.0.1", "fe80::1%eth0": "fe80::/64", "?": "?"} {
		if got := access.Network(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
