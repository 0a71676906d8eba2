package reporting_test

import (
	"testing"

	"kigen/store/storetest"
)

// TestReportsOnPostgres makes reports from a database on a server.
func TestReportsOnPostgres(t *testing.T) {
	storetest.AgainOnPostgres(t, "^(TestBackdatedNoticesAreRead|TestDutiesCountForNoVendor|TestAFrozenReportSaysWhatItSaid|TestMovedClocksAreCorrections|TestRenderReadsTheBooks|TestADeadlinePassesWithoutAWrite)$")
}
