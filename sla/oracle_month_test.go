package sla_test

import "time"

// monthEnd walks to the last day of the date's month.
func (c civil) monthEnd() civil {
	for c.plus(1).month == c.month {
		c = c.plus(1)
	}
	return c
}

// corresponding walks from the first day of a period to the day that ends n
// months, as articles 140 and 143 of the Civil Code say: the eve of the day with
// the first day's number, or the last day of a month that has no such day.
func (c civil) corresponding(n int) civil {
	month := civil{c.year, c.month + time.Month(n), 1}.plus(0)
	for day := month; day.month == month.month; day = day.plus(1) {
		if day.day == c.day {
			return day.plus(-1)
		}
	}
	return month.monthEnd()
}
