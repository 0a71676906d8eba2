package render_test

import (
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/render"
	"kigen/sla/report"
)

// long is a report with many cases: what a bad year of a large SOC comes to.
func long(t testing.TB, cases int) report.Report {
	t.Helper()
	r := sample(t)
	one := r.Cases[0]
	r.Cases = make([]report.Case, cases)
	for i := range r.Cases {
		r.Cases[i] = one
		r.Cases[i].Title = fmt.Sprintf("%s %d", one.Title, i)
		r.Cases[i].Due = one.Due.Add(time.Duration(i) * time.Minute)
	}
	return r
}

// The workbook of 50,000 cases, streamed: rows a second, bytes that are
// allocated, and how far the heap grows beyond the report itself.
func BenchmarkXLSX50000Rows(b *testing.B) {
	const rows = 50_000
	r := long(b, rows)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	b.ReportAllocs()
	for b.Loop() {
		if err := render.XLSX(io.Discard, r, "ja"); err != nil {
			b.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(b.N*rows)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(after.HeapSys-before.HeapSys)/1e6, "heap-MB")
}

func BenchmarkForms(b *testing.B) {
	r := month(b)
	for _, name := range render.FormNames() {
		form, err := render.FormNamed(name)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := form.Write(io.Discard, r, "ja", render.CSVOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
