package config

import (
	"kigen/config/tree"
	"kigen/notify/destinations"
	"kigen/notify/wire"
)

// Spoken is a destination of a kind that has a protocol in the table of destinations.
type Spoken struct {
	kind     string
	Settings map[string]Secret // by key; some are secret, so all are kept as one
}

// Name is the kind's key in the configuration.
func (s *Spoken) Name() string { return s.kind }

// Kind returns the kind's row of the table.
func (s *Spoken) Kind() destinations.Kind {
	kind, _ := destinations.Named(s.kind)
	return kind
}

// Where names the host that messages go to.
func (s *Spoken) Where() string {
	kind := s.Kind()
	return kind.Where(s.Values())
}

// Hint is what a person should know after a test message; empty: nothing.
func (s *Spoken) Hint(lang string) string {
	kind := s.Kind()
	return kind.HintIn(lang)
}

// Values returns the settings with their secrets.
func (s *Spoken) Values() destinations.Values {
	values := make(destinations.Values, len(s.Settings))
	for key, value := range s.Settings {
		values[key] = value.Reveal()
	}
	return values
}

// Spoken returns the settings of a destination whose kind has a protocol; nil for others.
func (d Destination) Spoken() *Spoken {
	s, _ := d.Kind.(*Spoken)
	return s
}

func (s *Spoken) place() string {
	kind := s.Kind()
	return placeHash(s.kind, kind.Place(s.Values())...)
}

func (s *Spoken) class() wire.Class { return classNamed(s.kind, s.Values()) }

// classNamed is the class of a kind with its own type.
func classNamed(name string, v destinations.Values) wire.Class {
	kind, known := destinations.Named(name)
	if !known {
		return wire.Blind
	}
	return kind.Class(v)
}

func (s *Slack) class() wire.Class {
	return classNamed(s.Name(), destinations.Values{"token": s.Token.Reveal()})
}

func (e *Email) class() wire.Class { return classNamed(e.Name(), nil) }

func (w *Webhook) class() wire.Class { return classNamed(w.Name(), nil) }

func (c *Console) class() wire.Class { return classNamed(c.Name(), nil) }

// spoken reads the settings that the table names.
func (d *decoder) spoken(kind *destinations.Kind, n *tree.Node) Kind {
	var required []string
	for _, s := range kind.Settings {
		if s.Required {
			required = append(required, s.Key)
		}
	}
	if !d.kindKeys(n, kind.Name, required...) {
		return nil
	}
	spoken := &Spoken{kind: kind.Name, Settings: map[string]Secret{}}
	for _, s := range kind.Settings {
		node := n.Get(s.Key)
		value := d.Text(node)
		if value == "" {
			continue
		}
		spoken.Settings[s.Key] = Secret(value)
		if s.Check == nil {
			continue
		}
		if fault := s.Check(value); fault != "" {
			d.Reportf(node, "%s", fault)
		}
	}
	return spoken
}

// destinationMask is what may be shown of a setting, the least of all kinds that have it.
func destinationMask(key string) tree.Mask {
	if key == "outside" { // of quiet
		return tree.ShowAll
	}
	masks := [...]tree.Mask{
		destinations.ShowNothing: tree.HideAll, destinations.ShowHost: tree.HideAddress,
		destinations.ShowNoLogin: tree.HideLogin, destinations.ShowAll: tree.ShowAll,
	}
	least, known := destinations.ShowAll, false
	for _, kind := range destinations.Kinds() {
		for _, s := range kind.Settings {
			if s.Key == key {
				least, known = min(least, s.Show), true
			}
		}
	}
	if !known {
		return tree.HideAll
	}
	return masks[least]
}
