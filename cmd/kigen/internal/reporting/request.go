package reporting

import (
	"errors"
	"slices"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/render"
	"kigen/sla"
	"kigen/sla/report"
	"kigen/sla/tracker"
)

// Request says which report to render, and how.
type Request struct {
	Period string // 2026-10, 2026-Q3, 2026, 2026-04..2026-09, 2026-10-01..2026-10-15
	Format string // one of render.FormNames
	Lang   string // ja or en
	Vendor string // id; empty: all
	Table  string // of CSV, one of render.Tables; empty: vendors
	BOM    bool   // CSV begins with a byte order mark

	Edition int  // number of an edition; 0: the report as it is now
	Newest  bool // the newest edition, where Edition is 0
}

// ofEdition reports whether an edition is asked for.
func (q *Request) ofEdition() bool { return q.Newest || q.Edition != 0 }

// form finds the format. An unknown one, or a table that it does not have, is
// tracker.Invalid.
func (q *Request) form() (render.Form, error) {
	form, err := render.FormNamed(q.Format)
	if err != nil {
		forms := strings.Join(render.FormNames(), ", ")
		return form, tracker.Invalidf("format", q.Format, "use %s", forms)
	}
	switch tables := strings.Join(render.Tables(), ", "); {
	case q.Table != "" && !slices.Contains(render.Tables(), q.Table):
		return form, tracker.Invalidf("table", q.Table, "use %s", tables)
	case q.Table != "" && q.Format != "csv":
		return form, tracker.Invalidf("table", q.Table, "%s has all tables: leave the table out, or use the format csv", q.Format)
	}
	return form, nil
}

// checkVendor refuses an unknown vendor, and an edition of one vendor.
func (q *Request) checkVendor(catalogue sla.Catalogue) error {
	if q.Vendor == "" {
		return nil
	}
	if _, ok := catalogue.Vendor(q.Vendor); !ok {
		ids := strings.Join(catalogue.IDs(), ", ")
		return tracker.Invalidf("vendor", q.Vendor, "is not in the catalogue; use one of %s", ids)
	}
	if q.ofEdition() {
		return tracker.Invalidf("vendor", q.Vendor, "an edition holds all vendors; leave the vendor out")
	}
	return nil
}

// period reads a label such as 2026-10 or 2026-Q3. One that has no report is
// tracker.Invalid.
func (s *Reports) period(label string) (report.Period, error) {
	return readPeriod(label, s.Zone, s.Now())
}

func readPeriod(label string, zone *time.Location, now time.Time) (report.Period, error) {
	period, err := report.ParsePeriod(label, zone, now)
	return period, invalidPeriod(err)
}

// Month reads a month such as 2026-10. One that has no report is
// tracker.Invalid.
func Month(label string, zone *time.Location, now time.Time) (report.Period, error) {
	period, err := report.Month(label, zone, now)
	return period, invalidPeriod(err)
}

func invalidPeriod(err error) error {
	var refused *report.PeriodError
	if errors.As(err, &refused) {
		return tracker.Invalidf("month", refused.Value, "%s", refused.Remedy)
	}
	return err
}
