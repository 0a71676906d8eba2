package calendar

// Text is a text for a person, in Japanese and in English. Either may be missing.
type Text struct {
	Ja string `json:"ja,omitempty"`
	En string `json:"en,omitempty"`
}

// In returns the text in a language: Japanese for "ja", English for any other,
// and the other one if that is missing.
func (t Text) In(lang string) string {
	if lang == "ja" && t.Ja != "" || t.En == "" {
		return t.Ja
	}
	return t.En
}

// IsZero reports whether the text is missing in both languages.
func (t Text) IsZero() bool { return t == Text{} }
