package render

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"kigen/sla/report"
)

const byteOrderMark = "\ufeff"

// csvColumns are the columns in their order; the header row says them in the
// language under the key "csv_" + name.
var csvColumns = [...]string{
	"month", "vendor", "name", "incidents", "clocks", "met", "late", "overdue", "overdue_assumed", "not_provable",
	"no_commitment", "not_applicable", "cancelled", "waived", "pending", "running",
	"kept", "due", "rate", "firm_kept", "firm_due", "target_kept", "target_due",
	"notice_count", "notice_median", "notice_p90", "notice_longest",
	"late_count", "late_median", "late_longest",
}

// CSV writes one row for each vendor and a last one with the totals, as RFC
// 4180 wants it, in UTF-8. Lengths are whole seconds, the rate is a percentage
// with one decimal; what was not measured is empty. The byte order mark is
// for spreadsheets that take UTF-8 for a local code page without it.
func CSV(w io.Writer, r report.Report, lang string, withBOM bool) error {
	words, err := newWords(lang, r.Period)
	if err != nil {
		return err
	}
	if withBOM {
		if _, err := io.WriteString(w, byteOrderMark); err != nil {
			return err
		}
	}
	keys := make([]string, len(csvColumns))
	for i, name := range csvColumns {
		keys[i] = "csv_" + name
	}
	header, err := words.sayAll(keys...)
	if err != nil {
		return err
	}
	total, err := words.say("total")
	if err != nil {
		return err
	}
	rows := [][]string{header}
	for i := range r.Vendors {
		v := &r.Vendors[i]
		rows = append(rows, csvRow(r.Period.Label, v.ID, v.Name.In(lang), &v.Figures))
	}
	rows = append(rows, csvRow(r.Period.Label, "", total, &r.Totals))

	out := csv.NewWriter(w)
	out.UseCRLF = true
	return out.WriteAll(rows)
}

func csvRow(month, id, name string, f *report.Figures) []string {
	row := []string{harmless(month), harmless(id), harmless(name)}
	number := func(values ...int) {
		for _, v := range values {
			row = append(row, strconv.Itoa(v))
		}
	}
	number(f.Incidents, f.Clocks, f.Met, f.Late, f.Overdue, f.OverdueAssumed, f.NotProvable,
		f.NoCommitment, f.NotApplicable, f.Cancelled, f.Waived, f.Pending, f.Running)
	number(f.Compliance.Kept, f.Compliance.Due)
	rate := ""
	if f.Compliance.Due > 0 {
		rate = tenths(f.Compliance.Share)
	}
	row = append(row, rate)
	number(f.Compliance.Firm.Kept, f.Compliance.Firm.Due, f.Compliance.Target.Kept, f.Compliance.Target.Due)
	number(f.TimeToNotice.Count)
	row = append(row, csvLength(f.TimeToNotice.Median), csvLength(f.TimeToNotice.P90), csvLength(f.TimeToNotice.Longest))
	number(f.Lateness.Count)
	return append(row, csvLength(f.Lateness.Median), csvLength(f.Lateness.Longest))
}

func csvLength(seconds *int64) string {
	if seconds == nil {
		return ""
	}
	return strconv.FormatInt(*seconds, 10)
}

// harmless keeps a spreadsheet from running a text as a formula. Japanese
// spreadsheets also take the full-width signs for the start of one.
func harmless(text string) string {
	if strings.IndexAny(text, "=+-@\t\r\n＝＋－＠") == 0 {
		return "'" + text
	}
	return text
}
