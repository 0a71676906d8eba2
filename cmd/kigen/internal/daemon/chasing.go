package daemon

import (
	"fmt"

	"kigen/cmd/kigen/internal/chasing"
	"kigen/config"
	"kigen/notify/email"
)

// makeChasing makes what sends chasers by the mail servers of the destinations. A person
// sends them, from any replica: no fence is before these connections.
func (d *deployment) makeChasing() (*chasing.Service, error) {
	s := &chasing.Service{
		Tracker: d.tracker, Register: d.config.Register, Offices: map[string]chasing.Office{}, Zone: d.config.Timezone, Lang: d.config.Language, Now: wallNow,
	}
	for name, c := range d.config.Destinations {
		kind, ok := c.Kind.(*config.Email)
		if !ok {
			continue
		}
		office, err := email.New(email.Options{Server: mailServer(kind, Options{}), From: kind.From, To: kind.To})
		if err != nil {
			return nil, fmt.Errorf("destinations.%s: %w", name, err)
		}
		s.Offices[name] = office
	}
	return s, nil
}
