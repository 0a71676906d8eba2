// Package sheetfile reads the incidents of a CSV or XLSX file as spreadsheets save
// them: in UTF-8, UTF-16 or CP932, with commas, semicolons or tabs, and with headers and
// values in Japanese or English. Each row becomes the body of a request of the batch
// API. A fault names the row, the column, the value and the remedy.
package sheetfile
