package tracker

import (
	"context"
	"strings"
)

type originKey struct{}

// WithOrigin returns a context in which whatever somebody changes is recorded
// as coming from this address, or place in Slack.
func WithOrigin(ctx context.Context, address string) context.Context {
	return context.WithValue(ctx, originKey{}, address)
}

// OriginOf is where a change comes from; empty: not known.
func OriginOf(ctx context.Context) string {
	address, _ := ctx.Value(originKey{}).(string)
	return address
}

// Person is how people call an actor: user:yamada and oidc:yamada are yamada,
// and token:bridge (yamada), a program that acts for someone, is yamada too.
func Person(actor string) string {
	kind, name, _ := strings.Cut(actor, ":")
	switch kind {
	case "user", "oidc":
		return name
	case "token":
		if _, person, ok := strings.Cut(name, " ("); ok {
			return strings.TrimSuffix(person, ")")
		}
		return name
	}
	return actor
}
