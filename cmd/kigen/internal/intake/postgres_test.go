package intake_test

import (
	"testing"

	"kigen/store/storetest"
)

// TestIntakeOnPostgres runs the tests of the inbox over a database on a server.
func TestIntakeOnPostgres(t *testing.T) {
	storetest.AgainOnPostgres(t, "^(TestAcceptAndUndoANotice|TestManyAcceptAtOnce|TestErasure|TestOriginalsAreForgotten|TestTakeInAnyOrder|TestRecordedByRule|TestRevisionOfALinkedItem|TestNulIsTakenIn)$", "-rapid.checks=10")
}
