package tracker_test

import (
	"testing"

	"kigen/sla/tracker"
)

func TestPerson(t *testing.T) {
	for actor, want := range map[string]string{
		"user:yamada": "yamada", "oidc:yamada@example.jp": "yamada@example.jp", "token:soar": "soar",
		"token:soar (佐藤)": "佐藤", "佐藤": "佐藤", "kigen": "kigen", "slack:U123": "slack:U123", "a:b": "a:b", "": "",
	} {
		if got := tracker.Person(actor); got != want {
			t.Errorf("%q is %q, want %q", actor, got, want)
		}
	}
}
