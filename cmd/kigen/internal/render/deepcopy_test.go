package render_test

import (
	"reflect"
	"testing"

	"github.com/tiendc/go-deepcopy"
)

// The copy of a column, a row or a sheet of a workbook shares nothing with the original.
func TestDeepCopy(t *testing.T) {
	type part struct {
		Width *float64
		Cells []*int
		Names map[string][]int
		Inner struct{ N *int }
		Any   any
		own   int
	}
	width, n := 8.5, 3
	made := func() part {
		p := part{Width: &width, Cells: []*int{&n, nil}, Names: map[string][]int{"a": {1, 2}}, Any: 5, own: 7}
		p.Inner.N = &n
		return p
	}
	var fromValue, fromPointer part
	original := made()
	for _, err := range []error{deepcopy.Copy(&fromValue, original), deepcopy.Copy(&fromPointer, &original)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, got := range []part{fromValue, fromPointer} {
		if !reflect.DeepEqual(got, made()) {
			t.Errorf("%+v, want %+v", got, made())
		}
		*got.Width, *got.Cells[0], *got.Inner.N, got.Names["a"][0] = 1, 1, 1, 9
		if !reflect.DeepEqual(original, made()) || width != 8.5 || n != 3 {
			t.Fatalf("the original is now %+v", original)
		}
	}
	var empty, other part
	if err := deepcopy.Copy(&other, empty); err != nil || !reflect.DeepEqual(other, empty) {
		t.Errorf("%v, %+v", err, other)
	}
	if deepcopy.Copy(other, original) == nil || deepcopy.Copy(&other, 1) == nil || deepcopy.Copy(&other, (*part)(nil)) == nil || deepcopy.Copy(&other, nil) == nil {
		t.Error("a copy to no pointer, of another type or of nothing has no error")
	}
}
