package yamlstrict

import "reflect"

// Default is a new value of the type, as the decoder makes one for an entry of a
// map or a list: what the options or the type's own Defaults method give, or zero.
// It can be set.
func (o Options) Default(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	for _, f := range o.Defaults {
		if f := reflect.ValueOf(f); f.Type().Out(0) == t {
			v.Set(f.Call(nil)[0])
			return v
		}
	}
	if m, ok := t.MethodByName("Defaults"); ok && m.Type.NumIn() == 1 && m.Type.NumOut() == 1 && m.Type.Out(0) == t {
		v.Set(m.Func.Call([]reflect.Value{v})[0])
	}
	return v
}
