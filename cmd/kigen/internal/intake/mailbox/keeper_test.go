package mailbox

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kigen/cmd/kigen/internal/intake"
)

// memoryKeeper keeps steps in memory, whole or not at all.
type memoryKeeper struct {
	mu    sync.Mutex
	state json.RawMessage
	parts map[string]json.RawMessage
	steps []Step
	fails func(s Step) error // nil: it never does
	moved chan struct{}      // a step was kept
}

func newKeeper() *memoryKeeper {
	return &memoryKeeper{parts: map[string]json.RawMessage{}, moved: make(chan struct{}, 1)}
}

func (k *memoryKeeper) Load(context.Context, string) (json.RawMessage, map[string]json.RawMessage, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state, maps.Clone(k.parts), nil
}

func (k *memoryKeeper) Commit(_ context.Context, _ string, s Step) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fails != nil {
		if err := k.fails(s); err != nil {
			return err
		}
	}
	k.state = s.State
	maps.Copy(k.parts, s.Parts)
	k.steps = append(k.steps, s)
	select {
	case k.moved <- struct{}{}:
	default:
	}
	return nil
}

// kept returns what is remembered.
func (k *memoryKeeper) kept(t *testing.T) (all kept) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := json.Unmarshal(k.state, &all); err != nil {
		t.Fatalf("state %q: %v", k.state, err)
	}
	return all
}

// mails returns what came, old or not.
func (k *memoryKeeper) mails(old bool) (list []intake.RawMail) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, s := range k.steps {
		if s.Old == old {
			list = append(list, s.Mails...)
		}
	}
	return list
}

func subjects(mails []intake.RawMail) (list []string) {
	for i := range mails {
		list = append(list, fieldOf(mails[i].Raw, "Subject"))
	}
	return list
}

// want holds the subjects of mails against those that should have come, in order.
func (k *memoryKeeper) want(t *testing.T, old bool, want ...string) {
	t.Helper()
	if got := subjects(k.mails(old)); !slices.Equal(got, want) {
		t.Errorf("old %v: mails %q, want %q", old, got, want)
	}
}

// until waits until what is kept is as it should be.
func (k *memoryKeeper) until(t *testing.T, what string, is func() bool) {
	t.Helper()
	limit := time.After(time.Minute)
	for !is() {
		select {
		case <-k.moved:
		case <-limit:
			t.Fatalf("waited a minute for %s; mails %q, old %q, failure %v", what, subjects(k.mails(false)), subjects(k.mails(true)), k.failure())
		}
	}
}

// failure is that of the last step.
func (k *memoryKeeper) failure() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.steps) == 0 {
		return nil
	}
	return k.steps[len(k.steps)-1].Failed
}

func mailText(subject string) string {
	return "Message-ID: <" + strings.ReplaceAll(subject, " ", "-") + "@acme.example>\r\nDate: Mon, 02 Nov 2026 10:00:00 +0900\r\n" +
		"From: desk@acme.example\r\nTo: soc@example.jp\r\nSubject: " + subject + "\r\n\r\nText of " + subject + ".\r\n"
}

var errStore = errors.New("the database is busy")

func TestMain(m *testing.M) {
	if setting := os.Getenv(childVariable); setting != "" {
		os.Exit(child(setting))
	}
	goleak.VerifyTestMain(m)
}
