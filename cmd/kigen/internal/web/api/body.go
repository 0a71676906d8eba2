package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// formats reads and writes JSON. A body in which an object has two members of one name is
// refused: which of the two counts differs from parser to parser, and with it the deadline.
func formats() map[string]huma.Format {
	strict := huma.DefaultJSONFormat
	strict.Unmarshal = func(data []byte, v any) error {
		if err := json.Unmarshal(data, v); err != nil {
			return err
		}
		if _, check := v.(*any); !check { // huma reads a body twice: to check it, and into its type
			return nil
		}
		walk := &bodyWalk{tokens: json.NewDecoder(bytes.NewReader(data))}
		return walk.value("")
	}
	return map[string]huma.Format{"application/json": strict, "json": strict}
}

// errTwice follows the place of a repeated member in an error.
var errTwice = errors.New("appears twice: keep one")

// bodyWalk visits the values of a JSON text that is well-formed, and so not nested too deep.
type bodyWalk struct{ tokens *json.Decoder }

// value visits a value at a place, such as .incidents[3], and returns an error that names
// the first member that repeats the name of another.
func (w *bodyWalk) value(place string) error {
	token, err := w.tokens.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		err = w.object(place)
	case json.Delim('['):
		for n := 0; err == nil && w.tokens.More(); n++ {
			err = w.value(place + "[" + strconv.Itoa(n) + "]")
		}
	default:
		return nil
	}
	if err == nil {
		_, err = w.tokens.Token() // its end
	}
	return err
}

func (w *bodyWalk) object(place string) error {
	known := map[string]bool{}
	for w.tokens.More() {
		token, err := w.tokens.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		at := place + "." + name
		if known[name] {
			return fmt.Errorf("%s: %w", at, errTwice)
		}
		known[name] = true
		if err := w.value(at); err != nil {
			return err
		}
	}
	return nil
}
