// Package when reads instants as people write them, and as programs do.
//
// A Parser is for text typed by a person or saved by a spreadsheet: the command
// line, CSV files, the forms of the board and Slack. ISO is for programs: the
// JSON API. Prose is for the text of vendors' mails, in which it finds the times that
// are mentioned, and which it takes as it is. All are pure: the current instant and the zone are arguments.
//
//	written                               read as
//	2026-05-01 18:00, 2026/5/1 9:00       year, month, day; seconds and a fraction may follow
//	2026年5月1日 18時30分, 18時半            full-width digits and spaces are the same as narrow ones
//	令和8年5月1日, R8.5.1, 平成元年二月一日    the era must hold that day
//	午後3時, 3:30 PM, 正午                   午後12時 is refused: it is noon to some and midnight to others
//	Fri 1 May 2026, May 1 2026            a weekday must fit the date
//	5月1日(金) 18:00                        a year that is missing is the current one, within six months
//	now, today 18:00, 昨日 18:00, 18:00     counted from Parser.Now
//	24:00                                 the end of that day
//	+09:00, +0900, Z, UTC+9, JST          anything else, such as EST, names several zones and is refused
//
// 5/1, 5/1/2026 and 01-05-2026 are refused: their order differs between
// countries. The result records which parts a text leaves out, such as its
// zone, and Echo describes them in a sentence.
package when
