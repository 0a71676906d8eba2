package render

import (
	"bytes"
	_ "embed"
)

//go:embed schema.json
var schemaSource []byte

// Schema returns the JSON Schema (draft 2020-12) of the output of JSON.
func Schema() []byte { return bytes.Clone(schemaSource) }
