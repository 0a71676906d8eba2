// Package report does the month's arithmetic: incidents with their clocks go
// in, figures come out.
//
// It is pure: the same incidents, in any order, give the same Report.
//
// # Attribution
//
// A clock belongs to the month of its deadline's last instant in time, in the
// configured zone: "by the end of 31 October", which is the first instant of
// November, belongs to October. A clock without a deadline belongs to the month
// of its start, and one without either to the month in which its incident was
// logged. So every clock belongs to exactly one month. An incident counts in
// each period that one of its clocks belongs to; an incident without clocks, in
// the one in which it was logged.
//
// What fell due before a period and was still silent when it began is carried
// over: listed in every later period until the one in which it was answered,
// and counted in none of them again. So no case vanishes between two months.
//
// Verdicts are those known when a report is made. What was said earlier is in
// the editions that were kept, and EditionChanges lists how they differ.
//
// # Verdicts and rates
//
// Every clock has exactly one Verdict, so that the counts of a vendor add up
// to its clocks and the vendors add up to the totals. The compliance rate is
//
//	met / (met + late + overdue with a known start)
//
// A clock on an assumed start never counts against a vendor: its true start
// may have been later. When the notice came after due its verdict is
// NotProvable; while the vendor is silent it is Overdue, counted apart in
// OverdueAssumed and kept out of the rate.
//
// Incidents, and nothing else, count in the totals, the vendors' figures and the trend.
// Every other kind (maintenance, contract ends, periodic assessments …) is in Kinds, with
// the same arithmetic; its late and silent clocks are among the cases, which name the kind.
//
// # Times
//
// Lengths are whole seconds, because a promise is kept in its deadline's very
// second. The median of an even count is the mean of the two middle values,
// rounded down; the 90th percentile is the smallest value that at least nine
// in ten do not exceed (nearest rank).
package report
