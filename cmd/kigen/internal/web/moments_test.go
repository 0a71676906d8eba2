package web_test

import (
	"reflect"
	"testing"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
)

// TestMomentFieldsFollowTheTable: the API has one field for each moment that people
// enter, in the same order and under its name.
func TestMomentFieldsFollowTheTable(t *testing.T) {
	entered, fields := sla.EnteredMoments(), reflect.TypeFor[web.Moments[string]]()
	if fields.NumField() != len(entered) {
		t.Fatalf("%d fields of %d moments", fields.NumField(), len(entered))
	}
	named := web.MomentsFrom(sla.Moment.Field)
	for i, m := range entered {
		tag := fields.Field(i).Tag
		if got := reflect.ValueOf(named).Field(i).String(); got != m.Field() || tag.Get("query") != m.Field() || tag.Get("json") != m.Field()+",omitempty" {
			t.Errorf("field %d is %s with the value of %s, want %s", i+1, tag, got, m.Field())
		}
	}
}
