// Package render writes a report in its formats: HTML and PDF for people and
// print, XLSX and CSV for spreadsheets, JSON for programs, and a Summary of a
// few lines for a channel. Every format is made from one report.Report and
// nothing else, so the figures agree, and the same report gives the same bytes.
//
// A builder turns the report into a document in one language (sections of
// sentences, tables, pictures and cases), which HTML and PDF lay out, and into
// sheets (typed tables), which XLSX and CSV write.
//
// The languages are Japanese ("ja") and English ("en"); others are an error.
package render
