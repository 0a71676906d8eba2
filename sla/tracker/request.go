package tracker

import (
	"strings"

	"kigen/sla"
)

// Request states who makes a change, from where, and under which idempotency key.
// Every use case that changes something takes one.
type Request struct {
	Actor  string // as the history records it, such as user:yamada
	Origin string // an address, or a place in Slack; empty: unknown
	// Key makes the change at most once: the same request under the same key, even
	// after a restart, changes nothing and is answered like the first one. A refused
	// request leaves its key unused. Empty: every request is a new one.
	Key string
}

// byKigen is the request of a change that no person made.
func byKigen() Request { return Request{Actor: kigen} }

// Person is the name in an actor: user:yamada and oidc:yamada are yamada, and so is
// token:bridge (yamada), a program that acts for a person.
func Person(actor string) string { return sla.Person(actor) }

// principal is the account in an actor, without the name beside it, which may differ
// between two requests of the same account: token:bridge (yamada) is token:bridge,
// and 山田 (slack:U123) is slack:U123.
func principal(actor string) string {
	if account, _, ok := strings.Cut(actor, " ("); ok && strings.HasPrefix(actor, "token:") {
		return account
	}
	if _, account, ok := strings.Cut(actor, " (slack:"); ok && strings.HasSuffix(account, ")") {
		return "slack:" + strings.TrimSuffix(account, ")")
	}
	return actor
}
