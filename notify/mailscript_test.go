package notify_test

import (
	"testing"
	"time"

	"kigen/notify/email"
	"kigen/notify/fakemail"
)

// serverOf is how kigen reaches a mail server that speaks on pipes.
func serverOf(s *fakemail.Server) email.Server {
	return email.Server{Host: "mail.example.jp", Port: 25, Dial: s.Dial}
}

func listFor(t testing.TB, s *fakemail.Server, to ...string) *email.List {
	t.Helper()
	e, err := email.New(email.Options{Server: serverOf(s), From: "kigen@example.jp", To: to})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// until gives the reply for a while and then agrees.
func until(end time.Time, reply string) func() string {
	return func() string {
		if time.Now().Before(end) {
			return reply
		}
		return ""
	}
}

// addressees counts how many mails each address got.
func addressees(s *fakemail.Server) map[string]int {
	counts := map[string]int{}
	for _, mail := range s.Letters() {
		for _, to := range mail.To {
			counts[to]++
		}
	}
	return counts
}
