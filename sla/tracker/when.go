package tracker

// BadTime converts an error of package when into the Problem of a field.
func BadTime(field, value string, err error) Problem {
	return Problemf(field, value, "%s", err)
}
