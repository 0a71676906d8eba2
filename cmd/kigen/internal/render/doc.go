// Package render gives a report its forms: HTML and PDF for people and print,
// XLSX and CSV for spreadsheets, JSON for programs, and a Summary of a few
// lines for a channel. Every form is made from the same report.Report and
// nothing else, so the figures agree, and the same report gives the same
// bytes.
//
// The way of the data: an author writes the report out, in one language, as a
// document (sections of sentences, tables, pictures and cases), which HTML
// and PDF lay out, and as sheets (typed tables), which XLSX and CSV write.
//
// Forms speak Japanese ("ja") or English ("en"); another language is an error.
package render
