package daemon

import (
	"slices"

	"kigen/cmd/kigen/internal/intake/sources"
)

// makeReaders makes the readers of all sources of the configuration.
func (d *deployment) makeReaders(previous *deployment) (err error) {
	in := &d.config.Intake
	if previous != nil && slices.Equal(previous.config.Intake.AllowPrivate, in.AllowPrivate) {
		d.fetcher = previous.fetcher
	} else if d.fetcher, err = sources.Fetcher(in, d.options.Version, clock); err != nil {
		return err
	}
	o := sources.Options{Service: d.intake, Fetch: d.fetcher, Now: clock, Log: d.log}
	pages, err := sources.Pages(o)
	if err != nil {
		return err
	}
	if len(pages) > 0 {
		d.readers = append(d.readers, pages)
	}
	mails, err := sources.Mailboxes(o)
	if err != nil {
		return err
	}
	if len(mails) > 0 {
		d.readers = append(d.readers, mails)
	}
	return nil
}
