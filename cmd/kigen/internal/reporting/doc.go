// Package reporting holds the use cases of reports: it renders them, stores
// editions of them, sends them and lists them.
//
// # Editions
//
// A report is made anew from the database whenever it is asked for. An edition
// is a report of a finished period that was stored, by Freeze or because it was
// sent, and never changes again. A report that is made later lists what has
// changed since the newest edition; if nothing has, no further edition is
// stored.
//
//	Request        Render      a report or an edition as a file
//	Freeze         a new edition, if the report has changed since the newest one
//	Prepare        a Message: the edition, its note and its files
//	Monthly        sends the Message on a schedule (CatchUp) or by hand (Send)
//	Year, Page     the index of reports, and the page of one period
package reporting
