package terminal

import (
	"encoding/json"
	"io"
)

// PrintJSON writes a value as one line of JSON, with < and > as they are.
func PrintJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}
