package sheetfile

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// Bounds of an unpacked spreadsheet: a small file can unpack to a very large one.
const (
	mostUnpacked = 256 << 20
	mostXML      = 16 << 20 // larger parts are unpacked to disk
)

// isXLSX reports whether the file is a ZIP archive, which no text begins like.
func isXLSX(raw []byte) bool { return bytes.HasPrefix(raw, []byte("PK\x03\x04")) }

// isOldExcel recognizes a file of Excel before 2007, or one that is encrypted.
func isOldExcel(raw []byte) bool { return bytes.HasPrefix(raw, []byte("\xd0\xcf\x11\xe0")) }

// readXLSX reads the rows of the first visible sheet that has any.
func readXLSX(raw []byte) (records []record, from1904 bool, err error) {
	f, err := excelize.OpenReader(bytes.NewReader(raw), excelize.Options{UnzipSizeLimit: mostUnpacked, UnzipXMLSizeLimit: mostXML})
	if err != nil {
		return nil, false, err
	}
	defer func() {
		if closing := f.Close(); err == nil {
			err = closing
		}
	}()
	if props, err := f.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		from1904 = *props.Date1904
	}
	for _, sheet := range f.GetSheetList() {
		if visible, err := f.GetSheetVisible(sheet); err == nil && !visible {
			continue
		}
		if records, err = readSheet(f, sheet); err != nil || len(records) > 0 {
			return records, from1904, err
		}
	}
	return nil, from1904, nil
}

// readSheet reads each row twice: as stored, for dates, and as shown.
func readSheet(f *excelize.File, sheet string) (records []record, err error) {
	stored, err := f.Rows(sheet)
	if err != nil {
		return nil, err
	}
	defer func() { _ = stored.Close() }() // nothing was written
	shown, err := f.Rows(sheet)
	if err != nil {
		return nil, err
	}
	defer func() { _ = shown.Close() }()
	for line := 1; stored.Next() && shown.Next(); line++ {
		rec := record{line: line}
		if rec.cells, err = stored.Columns(excelize.Options{RawCellValue: true}); err != nil {
			return nil, err
		}
		if rec.shown, err = shown.Columns(); err != nil {
			return nil, err
		}
		if !rec.empty() {
			records = append(records, rec)
		}
	}
	return records, stored.Error()
}

// mostSerial is the serial number of a day in 2447; larger numbers are no dates, such
// as 20260501.
const mostSerial = 200_000

// dateOf writes the date and time of a cell that holds a serial number. One without a
// time of day, as its form shows, stays a date.
func dateOf(stored, shown string, from1904 bool) string {
	serial, err := strconv.ParseFloat(stored, 64)
	if err != nil || serial < 1 || serial >= mostSerial {
		return shown
	}
	at, err := excelize.ExcelDateToTime(serial, from1904)
	if err != nil {
		return shown
	}
	at = at.Round(time.Millisecond)
	switch {
	case serial == math.Trunc(serial) && !strings.ContainsAny(shown, ":時"):
		return at.Format(time.DateOnly)
	case at.Nanosecond() == 0:
		return at.Format(time.DateTime)
	}
	return at.Format("2006-01-02 15:04:05.000")
}
