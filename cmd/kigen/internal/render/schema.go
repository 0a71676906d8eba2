package render

import (
	"bytes"
	_ "embed"
)

//go:embed schema.json
var schemaSource []byte

// Schema is the JSON Schema (draft 2020-12) of what JSON writes.
func Schema() []byte { return bytes.Clone(schemaSource) }
