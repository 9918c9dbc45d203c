package main

import (
	"fmt"
	"reflect"
	"sort"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"
)

// groups are those whose objects typed clients send as protobuf to the embedded API.
var groups = []string{
	"v1", "admissionregistration.k8s.io/v1", "apps/v1", "authentication.k8s.io/v1", "authorization.k8s.io/v1",
	"autoscaling/v1", "autoscaling/v2", "batch/v1", "certificates.k8s.io/v1", "coordination.k8s.io/v1",
	"discovery.k8s.io/v1", "events.k8s.io/v1", "networking.k8s.io/v1", "node.k8s.io/v1", "policy/v1",
	"rbac.authorization.k8s.io/v1", "scheduling.k8s.io/v1", "storage.k8s.io/v1",
}

// special are the types that JSON writes otherwise than field by field.
var special = map[reflect.Type]string{
	reflect.TypeFor[resource.Quantity]():    "Q",
	reflect.TypeFor[intstr.IntOrString]():   "I",
	reflect.TypeFor[meta.Time]():            "T",
	reflect.TypeFor[meta.MicroTime]():       "U",
	reflect.TypeFor[meta.Duration]():        "D",
	reflect.TypeFor[meta.FieldsV1]():        "R",
	reflect.TypeFor[runtime.RawExtension](): "R",
}

// table prints how Kubernetes' built-in kinds travel as protobuf, for a decoder that has only this text.
//
// A line per kind, `apiVersion Kind type`, and one per type: its name and its fields as
// `number:json name:type`. A type is a letter (s string, b bool, i integer, d double, y bytes, Q quantity,
// I integer or string, T time, U time with microseconds, D duration, R raw JSON) or a type's name; before it
// `*` for a list, `%` for a map, `?` where JSON leaves out what is zero. A field without a JSON name is part of its parent.
func table() {
	t := &catalog{lines: map[string]string{}}
	var kinds []string
	for _, group := range groups {
		version, err := schema.ParseGroupVersion(group)
		check(err)
		for kind, of := range scheme.Scheme.KnownTypes(version) {
			if _, isObject := of.FieldByName("ObjectMeta"); isObject || kind == "DeleteOptions" {
				kinds = append(kinds, fmt.Sprintf("= %s %s %s", group, kind, t.name(of)))
			}
		}
	}
	sort.Strings(kinds)
	var names []string
	for name := range t.lines {
		names = append(names, name)
	}
	sort.Strings(names)
	fmt.Println("# Made by `testcluster protobuf-table` from the Go types of Kubernetes; see tests/cluster/table.go.")
	for _, kind := range kinds {
		fmt.Println(kind)
	}
	for _, name := range names {
		fmt.Println(name + t.lines[name])
	}
}

// catalog holds the lines of the types that were met.
type catalog struct{ lines map[string]string }

// name returns the name of a struct in the table, and adds it if it is new.
func (t *catalog) name(of reflect.Type) string {
	path := strings.Split(of.PkgPath(), "/")
	name := strings.Join(path[len(path)-2:], ".") + "." + of.Name()
	if _, known := t.lines[name]; known {
		return name
	}
	t.lines[name] = ""
	var line strings.Builder
	for i := range of.NumField() {
		field := of.Field(i)
		protobuf := strings.Split(field.Tag.Get("protobuf"), ",")
		json := strings.Split(field.Tag.Get("json"), ",")
		if len(protobuf) < 2 || json[0] == "-" {
			continue
		}
		omitted := ""
		if strings.Contains(field.Tag.Get("json"), "omitempty") && field.Type.Kind() != reflect.Pointer {
			omitted = "?"
		}
		if text := t.typeOf(field.Type); !strings.Contains(text, unsupported) {
			fmt.Fprintf(&line, " %s:%s:%s%s", protobuf[1], json[0], omitted, text)
		}
	}
	t.lines[name] = line.String()
	return name
}

// unsupported stands for lists in messages of their own, which only reviews of requests have.
const unsupported = "^"

func (t *catalog) typeOf(of reflect.Type) string {
	if letter, ok := special[of]; ok {
		return letter
	}
	_, isMessage := reflect.PointerTo(of).MethodByName("MarshalTo")
	switch of.Kind() {
	case reflect.Pointer:
		return t.typeOf(of.Elem())
	case reflect.String:
		return "s"
	case reflect.Bool:
		return "b"
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Uint32, reflect.Uint64:
		return "i"
	case reflect.Float64:
		return "d"
	case reflect.Map:
		return "%" + t.typeOf(of.Elem())
	case reflect.Slice:
		if of.Elem().Kind() == reflect.Uint8 {
			return "y"
		}
		if isMessage {
			return unsupported
		}
		return "*" + t.typeOf(of.Elem())
	case reflect.Struct:
		return t.name(of)
	default:
		panic(fmt.Sprintf("no letter for %s", of))
	}
}
