package askpass

import (
	"errors"
	"strings"
	"testing"
)

func TestLine(t *testing.T) {
	for in, want := range map[string]string{"": "", "one\n": "one", "one\r\ntwo\n": "one", "two words": "two words"} {
		if got, err := Line(strings.NewReader(in)); err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", in, got, err, want)
		}
	}
}

func TestPromptNeedsTerminal(t *testing.T) {
	var out strings.Builder
	if _, err := Prompt(t.Context(), strings.NewReader("one\none\n"), &out, "en"); !errors.Is(err, ErrNoTerminal) || out.Len() > 0 {
		t.Errorf("%v, printed %q", err, out.String())
	}
}

// A text that cannot be loaded would stop the prompt.
func TestTextsLoad(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		if say(lang, "repeat_password") == "" {
			t.Errorf("%s: no text", lang)
		}
	}
}
