package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/access"
	"kigen/sla"
)

// Health is the state of kigen itself: whether deadlines are watched and alerts
// are delivered. Zero times mean unknown or none.
type Health struct {
	At           time.Time `json:"at"`
	LastStep     time.Time `json:"last_step"`
	NextPlanned  time.Time `json:"next_planned,omitzero"`
	NextDue      time.Time `json:"next_due,omitzero"`
	OldestUnsent time.Time `json:"oldest_unsent,omitzero"` // planned time of the oldest waiting alert
	AuditedAt    time.Time `json:"audited_at,omitzero"`
	Untold       int       `json:"untold"` // passed deadlines without any alert

	Aside []AsideHealth `json:"aside,omitempty"` // incidents whose last update failed

	Destinations []DestinationHealth `json:"destinations"`
	Refused      []Refusal           `json:"refused,omitempty"`   // messages that their destination refuses
	Departed     []Departed          `json:"departed,omitempty"`  // destinations that were removed recently
	Backup       *BackupHealth       `json:"backup,omitempty"`    // nil: none is scheduled
	Heartbeat    *HeartbeatHealth    `json:"heartbeat,omitempty"` // nil: none is configured
	Leader       *LeaderHealth       `json:"leader,omitempty"`    // nil: the database is a file, or no replica leads
	Faults       []Fault             `json:"faults"`
}

// LeaderHealth is the replica that watches over deadlines and sends.
type LeaderHealth struct {
	Name    string `json:"name"`    // of its machine
	Address string `json:"address"` // where it listens
	Term    int64  `json:"term"`    // rises with each leadership
	Here    bool   `json:"here"`    // it is the replica that answers
}

// DestinationHealth is the state of a destination since kigen was started.
type DestinationHealth struct {
	Name         string    `json:"name"`
	LastSent     time.Time `json:"last_sent,omitzero"`
	FailingSince time.Time `json:"failing_since,omitzero"` // zero: the last message was delivered, or none was sent
	Reason       string    `json:"reason,omitempty"`       // of the last failure

	Recipients []RecipientHealth `json:"recipients,omitempty"` // undelivered recipients of a mail destination
}

// RecipientHealth is a mailbox that the destination's mail server does not accept.
type RecipientHealth struct {
	Address string    `json:"address"`
	Refused bool      `json:"refused"` // permanently; otherwise delivery is retried
	Since   time.Time `json:"since"`
	Reason  string    `json:"reason"` // last answer of the mail server
}

// AsideHealth is an incident whose update failed and is retried. Other incidents
// are updated meanwhile.
type AsideHealth struct {
	Incident sla.IncidentID `json:"incident"`
	Since    time.Time      `json:"since"`
	NextTry  time.Time      `json:"next_try"`
	Tries    int            `json:"tries"`
	Error    string         `json:"error"`
}

// BackupHealth is the state of the scheduled backups.
type BackupHealth struct {
	Last    time.Time `json:"last,omitzero"`
	Drilled time.Time `json:"drilled,omitzero"` // the newest restore drill, whether or not it passed
}

// HeartbeatHealth is the state of the heartbeat.
type HeartbeatHealth struct {
	Last time.Time `json:"last,omitzero"`
}

// Fault is a problem that requires a person's attention.
type Fault struct {
	Text   calendar.Text `json:"text"`
	Alerts bool          `json:"alerts"` // it can prevent alerts from being delivered, so kigen is not ready
	// Here: this replica can't serve, whatever another one can do.
	Here bool `json:"here,omitempty"`
}

// Fault adds a fault; alerts marks one that can prevent alerts from being delivered.
func (h *Health) Fault(alerts bool, text calendar.Text) {
	h.Faults = append(h.Faults, Fault{Text: text, Alerts: alerts})
}

// Unserving adds a fault with which this replica can't serve.
func (h *Health) Unserving(text calendar.Text) {
	h.Faults = append(h.Faults, Fault{Text: text, Alerts: true, Here: true})
}

// ready reports whether no fault can prevent alerts from being delivered; of a replica alone,
// whether it can serve.
func (h *Health) ready(alone bool) bool {
	for _, f := range h.Faults {
		if f.Here || f.Alerts && !alone {
			return false
		}
	}
	return true
}

// readyz reports whether kigen is ready. Viewers also get the faults, one a line,
// or the whole state as JSON if they accept that. With the parameter replica it reports
// whether this replica can serve, for a load balancer: that an alert does not get through is
// no reason to take all replicas away from people.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	var h Health
	if s.Health != nil {
		h = s.Health(r.Context())
	}
	status := http.StatusOK
	if !h.ready(r.URL.Query().Has("replica")) {
		status = http.StatusServiceUnavailable
	}
	// Anonymous callers get no details, because faults name destinations.
	reads := IdentityOf(r.Context()).Role.Includes(access.Viewer)
	if reads && strings.Contains(r.Header.Get("Accept"), "application/json") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(h); err != nil {
			s.Log.Debug("answer not delivered", "error", err)
		}
		return
	}
	text := "ready\n"
	switch {
	case status != http.StatusOK && reads:
		text = ""
		for _, f := range h.Faults {
			text += "not ready: " + f.Text.En + "\n"
		}
	case status != http.StatusOK:
		text = "not ready\n"
	}
	s.Plain(w, status, text)
}
