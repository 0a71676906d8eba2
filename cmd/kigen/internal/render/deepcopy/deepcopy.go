// Package deepcopy is the part of github.com/tiendc/go-deepcopy that excelize calls. The
// replace line of go.mod puts it in that library's place.
//
// The library looks for methods of the copied types by reflection, wanted or not. One such
// look-up anywhere makes the linker keep every exported method of every type: 4 MB of the
// binary, for the widths of columns.
package deepcopy

import (
	"fmt"
	"reflect"
)

// Copy sets what dst points to, to a copy of src, or of what src points to, that shares no
// pointer, slice or map with it. Both have the same type. Values in interfaces, and the
// unexported fields of structs, are copied as they are.
func Copy(dst, src any) error {
	to, from := reflect.ValueOf(dst), reflect.ValueOf(src)
	if to.Kind() != reflect.Pointer || to.IsNil() {
		return fmt.Errorf("deepcopy: destination %T: give a pointer", dst)
	}
	if to = to.Elem(); from.Kind() == reflect.Pointer && from.Type() != to.Type() {
		from = from.Elem()
	}
	if !from.IsValid() || from.Type() != to.Type() {
		return fmt.Errorf("deepcopy: a %T can't be copied to a %T: use one type", src, dst)
	}
	to.Set(deep(from))
	return nil
}

func deep(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			made := reflect.New(v.Type().Elem())
			made.Elem().Set(deep(v.Elem()))
			return made
		}
	case reflect.Slice:
		if !v.IsNil() {
			made := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
			for i := range v.Len() {
				made.Index(i).Set(deep(v.Index(i)))
			}
			return made
		}
	case reflect.Map:
		if !v.IsNil() {
			made := reflect.MakeMapWithSize(v.Type(), v.Len())
			for entries := v.MapRange(); entries.Next(); {
				made.SetMapIndex(entries.Key(), deep(entries.Value()))
			}
			return made
		}
	case reflect.Struct:
		made := reflect.New(v.Type()).Elem()
		made.Set(v)
		for i := range v.NumField() {
			if field := made.Field(i); field.CanSet() {
				field.Set(deep(v.Field(i)))
			}
		}
		return made
	}
	return v
}
