package board

import (
	"kigen/cmd/kigen/internal/web"
	"kigen/sla/outbox"
)

// refusalView is a refused message as a page shows it.
type refusalView struct{ Incident, Title, Why, Remedy, Next, Instead string }

func (p *reader) refusals(list []web.Refusal) []refusalView {
	views := make([]refusalView, len(list))
	for i, f := range list {
		v := refusalView{
			Title: p.Say("refused_title", "Destination", f.Destination, "What", p.Say(alertWord(&f)), "At", p.Instant(f.At)),
			Why:   f.Why, Remedy: f.Remedy.In(p.Lang), Next: p.Say("refused_next", "At", p.Instant(f.Next)),
		}
		if f.Incident != 0 {
			v.Incident = f.Incident.String()
		}
		switch {
		case f.Fallback != "" && !f.ToldAt.IsZero():
			v.Instead = p.Say("refused_told", "Fallback", f.Fallback, "At", p.Instant(f.ToldAt))
		case f.Fallback != "":
			v.Instead = p.Say("refused_handed", "Fallback", f.Fallback)
		case f.Kind == outbox.Post:
			v.Instead = p.Say("refused_not_told")
		}
		views[i] = v
	}
	return views
}

// alertWord is the text key of the message's reason.
func alertWord(f *web.Refusal) string {
	if f.Kind == outbox.Update {
		return "alert_update"
	}
	switch f.Alert {
	case outbox.ReasonLogged:
		return "alert_logged"
	case outbox.ReasonWarning:
		return "alert_warning"
	case outbox.ReasonOverdue:
		return "alert_overdue"
	case outbox.ReasonRepeat:
		return "alert_repeat"
	case outbox.ReasonEscalation:
		return "alert_escalation"
	case outbox.ReasonReport:
		return "alert_report"
	default:
		return "alert_other"
	}
}
