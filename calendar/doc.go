// Package calendar answers questions about the business days and business
// hours of one place: is it open now, when does it open next, which instant
// ends six open hours or three business days from here, and why is a day
// closed.
//
// A [Spec] describes the place: a time zone, weekly hours, a set of public
// holidays and dated exceptions. [Compile] checks it and turns it into a
// [Calendar], which never changes again and may be shared by any number of
// goroutines. An instant is open exactly when its wall-clock time in the zone
// lies in an opening [Span] of its civil date, through every change of the
// clocks. Spans are half open: a place that closes at 18:00 is closed at
// 18:00:00 sharp.
//
// Public holidays come from [National]. Those of Japan follow the official
// list of the Cabinet Office for the years it covers, and the Act on National
// Holidays after that, marked as projected; see [Japan].
//
// The package is pure: it reads no clock, no file and no network.
package calendar
