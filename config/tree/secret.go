package tree

import "log/slog"

// Secret is a value that must not be shown. Printing and encoding return a mask.
type Secret string

// String returns the mask.
func (Secret) String() string { return Masked }

// GoString returns the mask, for %#v.
func (Secret) GoString() string { return Masked }

// LogValue returns the mask, for slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(Masked) }

// MarshalText returns the mask, for JSON and YAML.
func (Secret) MarshalText() ([]byte, error) { return []byte(Masked), nil }

// Reveal returns the secret itself, for the code that sends it.
func (s Secret) Reveal() string { return string(s) }
