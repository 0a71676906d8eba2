// Package calendar computes with the business days and business hours of one
// place: whether it is open now, when it opens next, which instant ends six open
// hours or three business days from here, and why a day is closed.
//
// A [Spec] describes the place: a time zone, weekly hours, a set of public
// holidays and dated exceptions. [Compile] checks it and turns it into a
// [Calendar], which never changes again and may be shared by any number of
// goroutines. An instant is open exactly when its wall-clock time in the zone
// lies in an opening [Span] of its civil date, through every change of the
// clocks. Spans are half open: a place that closes at 18:00 is closed at
// 18:00:00 sharp.
//
// A span that closes on the next day is a shift, and belongs to the date on
// which it opens: 22:00-06:00 on Friday ends the business day of Friday on
// Saturday at 06:00, a holiday takes the whole shift that would begin on it, and
// leaves alone the rest of the shift of the day before. The same hours as two
// spans, 22:00-24:00 on Friday and 00:00-06:00 on Saturday, are hours of two
// dates, each a business day of its own.
//
// Public holidays come from [National]. Those of Japan follow the official
// list of the Cabinet Office for the years it covers, and the Act on National
// Holidays after that, marked as projected; see [Japan].
//
// The package is pure: it reads no clock, no file and no network.
package calendar
