package prose

import (
	"cmp"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/phrase"
)

// Step writes one step of an explanation as a short sentence.
func Step(lang string, s *sla.Step) string {
	key := stepKey(s)
	if !catalog.In(lang).Has(key) {
		return string(s.Kind)
	}
	text := stepText(lang, s, key)
	switch {
	case s.Kind == sla.StepOpenTime && len(s.Hours) > 0:
		text += stepText(lang, s, "open_hours")
	case s.Kind == sla.StepMonths && s.Counting != "" && s.Ends != sla.EndOfMonth:
		text += stepText(lang, s, "step_months_counting")
	}
	return text
}

func stepText(lang string, s *sla.Step, key string) string {
	return catalog.In(lang).Expand(key, func(name string) any { return stepValue(lang, s, name) })
}

// stepValue is the value of a placeholder in a step's sentence.
func stepValue(lang string, s *sla.Step, name string) any {
	switch name {
	case "At":
		return instant(lang, s.At)
	case "Due":
		return deadline(lang, s.At)
	case "Zone":
		return cmp.Or(s.Zone, phrase.Zone(s.At))
	case "From":
		return instant(lang, s.From)
	case "Time":
		return closingTime(lang, s)
	case "Length":
		return length(lang, s.Length)
	case "Date":
		return phrase.FullDay(lang, s.Date)
	case "N":
		return max(s.N, -s.N)
	case "Moment":
		return stepMoment(lang, s)
	case "Instead":
		return Moment(lang, s.InsteadOf)
	case "Name":
		return s.Name.In(lang)
	case "Reason":
		return closedReason(lang, s)
	case "Hours":
		return hours(lang, s.Hours)
	case "Stretches":
		return stretches(lang, s)
	case "By":
		return Dimension(lang, s.By)
	case "Value":
		return Fact(lang, s.By, s.Value)
	case "Counting":
		return say(lang, "counting_"+string(s.Counting))
	case "Clock":
		return string(s.Ends)
	case "State":
		return phrase.Capital(phrase.State(lang, string(sla.NotApplicable)))
	}
	return ""
}

// stepKey is the key of the step's sentence: that of its kind, with an ending
// where the kind has several sentences.
func stepKey(s *sla.Step) string {
	return "step_" + string(s.Kind) + stepEnding(s)
}

func stepEnding(s *sla.Step) string {
	switch s.Kind {
	case sla.StepStart, sla.StepFrom:
		return startEnding(s)
	case sla.StepPending:
		return either(s.Moment == sla.MomentNotice, "_notice")
	case sla.StepWaiting:
		return either(s.At.IsZero(), "_unknown")
	case sla.StepBound:
		return either(s.At.IsZero(), "_never")
	case sla.StepInside:
		return either(s.Date != 0, "_of")
	case sla.StepOutside:
		return either(len(s.Hours) == 0, "_closed")
	case sla.StepElapsed:
		return either(s.Length < 0, "_before")
	case sla.StepOpenTime:
		return either(len(s.Parts) > 1, "_parts")
	case sla.StepCase:
		return either(s.Value == "", "_unknown")
	case sla.StepMonths:
		return monthsEnding(s)
	case sla.StepCounted, sla.StepDays, sla.StepRolled:
		return either(s.N < 0, "_before")
	case sla.StepEnds:
		return dayEnding(s)
	}
	return ""
}

func either(holds bool, ending string) string {
	if holds {
		return ending
	}
	return ""
}

func startEnding(s *sla.Step) string {
	switch {
	case s.InsteadOf != "":
		return "_instead"
	case s.Basis == sla.Assumed:
		return "_assumed"
	}
	return ""
}

func monthsEnding(s *sla.Step) string {
	switch {
	case s.Ends == sla.EndOfMonth && s.N == 0:
		return "_end_this"
	case s.Ends == sla.EndOfMonth && s.N < 0:
		return "_end_before"
	case s.Ends == sla.EndOfMonth:
		return "_end"
	}
	return either(s.N < 0, "_before")
}

func dayEnding(s *sla.Step) string {
	if _, isClock := s.Ends.Clock(); isClock {
		return "_clock"
	}
	switch s.Ends {
	case sla.Close:
		return "_close" + either(closesNextDay(s), "_next_day")
	case sla.SameTime:
		return "_same_time"
	case sla.Noon:
		return "_noon"
	}
	return "_day"
}

// stepMoment names the moment that the step counts from.
func stepMoment(lang string, s *sla.Step) string {
	if s.Moment != sla.MomentNotice {
		return Moment(lang, s.Moment)
	}
	return catalog.In(lang).Say("moment_notice", "Name", s.Name.In(lang))
}

// stretches names the open stretches that a break divides.
func stretches(lang string, s *sla.Step) string {
	list := make([]string, len(s.Parts))
	for i, part := range s.Parts {
		from := part.Open.Format("15:04")
		if i == 0 {
			from = instant(lang, s.From)
		}
		until := closingTime(lang, &sla.Step{At: part.Close, Date: s.Date})
		list[i] = catalog.In(lang).Say("open_stretch", "From", from, "Until", until)
	}
	last := len(list) - 1
	return strings.Join(list[:last], say(lang, "stretch_joint")) + say(lang, "list_last_joint") + list[last]
}

// closedReason writes the reason why a day does not count.
func closedReason(lang string, s *sla.Step) string {
	reason := s.Name.In(lang)
	switch s.Reason {
	case calendar.ReasonWeekend:
		reason = say(lang, "reason_weekend")
		if w := weekday(s); w != time.Saturday && w != time.Sunday {
			reason = say(lang, "reason_weekly")
		}
	case calendar.ReasonHoliday:
		reason = strings.Join(nonEmpty(say(lang, "reason_holiday"), reason), ": ")
	case calendar.ReasonClosure:
		reason = cmp.Or(reason, say(lang, "reason_closure"))
	case calendar.ReasonSkipped:
		reason = say(lang, "reason_skipped")
	}
	if s.Projected {
		return catalog.In(lang).Say("reason_projected", "Reason", reason)
	}
	return reason
}

// weekday is the weekday of the step's date; of its instant if it has no date.
func weekday(s *sla.Step) time.Weekday {
	if !s.At.IsZero() {
		return s.At.Weekday()
	}
	return s.Date.Weekday()
}

// closingTime is the time of day of At on the step's Date, whose end is 24:00. If a
// shift closes on the next date, the text adds that, unless From lies there too.
func closingTime(lang string, s *sla.Step) string {
	clock := s.At.Format("15:04")
	switch {
	case clock == "00:00" && calendar.NewDate(s.At.Date()) == s.Date+1:
		return "24:00"
	case closesNextDay(s):
		return catalog.In(lang).Say("next_day", "Time", clock)
	}
	return clock
}

// closesNextDay reports whether At lies on the civil date after the step's
// Date, and after From's.
func closesNextDay(s *sla.Step) bool {
	at := calendar.NewDate(s.At.Date())
	return at > s.Date && s.At.Format("15:04") != "00:00" && (s.From.IsZero() || at > calendar.NewDate(s.From.Date()))
}
