package tracker

import (
	"errors"

	"kigen/sla/when"
)

// BadTime converts an error of package when into the Problem of a field.
func BadTime(field, value string, err error) Problem {
	problem := Problem{Field: field, Value: value, Message: err.Error()}
	var bad when.Error
	if errors.As(err, &bad) {
		problem.Ja = bad.Ja
	}
	return problem
}
