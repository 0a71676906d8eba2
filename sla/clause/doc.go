// Package clause reads a vendor's paper and proposes the promises in it: each sentence
// that promises something by a time, with its line, section, quotation and a reading in the
// words of the promise grammar.
//
// It claims no completeness and decides nothing. Where the text leaves room (whose duty it
// is, from which moment, how days count, goal or commitment) the proposal carries a
// [Question] for the person who confirms it.
//
//	lines     ── layout ──▶ blocks: paragraphs, list items, rows of tables, with section and heading
//	blocks    ── split ───▶ sentences, normalised, each character with its origin
//	sentences ── read ────▶ lengths (package length), trigger, subject, verb ──▶ promises
//
// The package is pure: it reads no file, and the same lines give the same proposals.
package clause
