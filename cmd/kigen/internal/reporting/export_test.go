package reporting

import (
	"bytes"
	"context"
	"io"

	"kigen/sla/report"
)

// Bytes renders a report and reads the whole file.
func (s *Reports) Bytes(ctx context.Context, q Request) (mediaType string, body []byte, err error) {
	f, err := s.Render(ctx, q)
	if err != nil {
		return "", nil, err
	}
	var whole bytes.Buffer
	if _, err := f.WriteTo(&whole); err != nil {
		return "", nil, err
	}
	return f.MediaType, whole.Bytes(), f.Close()
}

// Of makes the report of a period as it is now, with all cases in memory.
func (s *Reports) Of(ctx context.Context, period report.Period) (report.Report, error) {
	var all report.Report
	err := s.stream(ctx, period, "", func(made *report.Result) error {
		data, err := report.Encode(made.Report)
		if err != nil {
			return err
		}
		all, err = report.Decode(data, s.Zone)
		return err
	})
	return all, err
}

// File returns the rendering with a key.
func (r *Renderings) File(ctx context.Context, key string, render func(context.Context, io.Writer) (string, error)) (*File, error) {
	return r.file(ctx, key, render)
}

// Minute is the part of a rendering's key for the time of day.
var Minute = minute
