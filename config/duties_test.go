package config_test

import (
	"testing"

	"kigen/config"
)

func TestTry(t *testing.T) {
	for _, r := range config.Duties() {
		t.Log(r.ID, len(r.Versions))
	}
	parse(t, "vendors: [{id: sotas, also: [jp-appi-entrusted, mvsp, us-hipaa-410, us-bank-53-4, eu-gdpr-33-2]}]")
}
