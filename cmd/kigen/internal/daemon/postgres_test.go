package daemon

import (
	"testing"

	"kigen/store/storetest"
)

// TestPipelineOnPostgres runs the alerts of a silent vendor, their repeats, and what was
// missed while kigen was down, and days of a SOC, on a database on a server.
func TestPipelineOnPostgres(t *testing.T) {
	storetest.AgainOnPostgres(t, "^(TestSilentVendor|TestRepeatsUntilAcknowledged|TestCatchUpAfterDowntime|TestYearOfASOC)$")
}
