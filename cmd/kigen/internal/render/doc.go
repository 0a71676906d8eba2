// Package render gives a report its faces: JSON for programs, CSV for
// spreadsheets, HTML for people and print, and a Summary of a few lines for a
// channel. Every face is made from the same report.Report and nothing else,
// so the figures agree, and the same report gives the same bytes.
//
// Faces speak Japanese ("ja") or English ("en"); another language is an error.
package render
