package terminal

import (
	"testing"
)

// A text that cannot be loaded would stop every command.
func TestTextsLoad(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		if say(lang, "vendor") == "" {
			t.Errorf("%s: no text", lang)
		}
	}
}
