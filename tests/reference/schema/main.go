// schema writes, as JSON, which fields a configuration kind has, in which order and of which type, by reflection over
// its own Go types. the script generate runs it once a Kubernetes minor; its output is part of the
// program (templates/schema), so a build needs no Go.
//
//	schema kubelet    > ../../../templates/schema/kubelet-v1.36.json
//	schema kube-proxy > ../../../templates/schema/kube-proxy-v1.36.json
//
// The tags v1beta3 and v1beta4 add kubeadm's own kinds, where the minor has them.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	logs "k8s.io/component-base/logs/api/v1"
	kubeproxy "k8s.io/kube-proxy/config/v1alpha1"
	kubelet "k8s.io/kubelet/config/v1beta1"
	bootstraptoken "k8s.io/kubernetes/cmd/kubeadm/app/apis/bootstraptoken/v1"
)

var roots = map[string]reflect.Type{
	"kubelet":    reflect.TypeFor[kubelet.KubeletConfiguration](),
	"kube-proxy": reflect.TypeFor[kubeproxy.KubeProxyConfiguration](),
}

// Types that write themselves as one scalar.
var scalars = map[reflect.Type]string{
	reflect.TypeFor[metav1.Duration]():                     "duration",
	reflect.TypeFor[metav1.Time]():                         "time",
	reflect.TypeFor[resource.Quantity]():                   "quantity",
	reflect.TypeFor[resource.QuantityValue]():              "quantity",
	reflect.TypeFor[logs.TimeOrMetaDuration]():             "nanoseconds-or-duration",
	reflect.TypeFor[bootstraptoken.BootstrapTokenString](): "token",
}

var kinds = map[reflect.Kind]string{
	reflect.String:  "string",
	reflect.Bool:    "bool",
	reflect.Int:     "int64",
	reflect.Int32:   "int32",
	reflect.Int64:   "int64",
	reflect.Uint16:  "uint16",
	reflect.Uint32:  "uint32",
	reflect.Float32: "float32",
	reflect.Float64: "float64",
}

type schema struct {
	Root    string             `json:"root"`
	Structs map[string][]field `json:"structs"`
}

type field struct {
	Name string `json:"name"`
	Type any    `json:"type"`
	// never, empty (Go's omitempty) or zero (Go's omitzero)
	Omit    string `json:"omit"`
	Pointer bool   `json:"pointer"`
}

func main() {
	if len(os.Args) != 2 || roots[os.Args[1]] == nil {
		log.Fatalf("usage: %s kubelet|kube-proxy|{init,cluster,join,reset,upgrade}-VERSION", os.Args[0])
	}
	root := roots[os.Args[1]]
	out := schema{Root: root.Name(), Structs: map[string][]field{}}
	seen := map[string]reflect.Type{}
	out.add(root, seen)
	text, err := json.Marshal(out)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(oneFieldALine(text))
}

// oneFieldALine keeps the diff of two minors readable.
func oneFieldALine(text []byte) string {
	return strings.NewReplacer(
		`{"name"`, "\n    {\"name\"",
		`}],"`, "}\n  ],\n  \"",
		`}]}}`, "}\n  ]\n}}",
		`"structs":{"`, "\"structs\":{\n  \"",
	).Replace(string(text))
}

func (s schema) add(t reflect.Type, seen map[string]reflect.Type) {
	if seen[t.Name()] == t {
		return
	}
	if other := seen[t.Name()]; other != nil {
		log.Fatalf("two types are called %s: %s and %s", t.Name(), other.PkgPath(), t.PkgPath())
	}
	seen[t.Name()] = t
	s.Structs[t.Name()] = s.fields(t, seen)
}

func (s schema) fields(t reflect.Type, seen map[string]reflect.Type) []field {
	var fields []field
	for member := range members(t) {
		name, options, _ := strings.Cut(member.Tag.Get("json"), ",")
		switch {
		case name == "-" || member.Type == reflect.TypeFor[metav1.TypeMeta]():
			continue
		case member.Anonymous && name == "":
			fields = append(fields, s.fields(member.Type, seen)...)
			continue
		case name == "":
			log.Fatalf("%s.%s has no JSON name", t.Name(), member.Name)
		}
		fields = append(fields, field{
			Name:    name,
			Type:    s.typeOf(member.Type, seen),
			Omit:    omit(options),
			Pointer: member.Type.Kind() == reflect.Pointer,
		})
	}
	return fields
}

func members(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

func omit(options string) string {
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "omitempty":
			return "empty"
		case "omitzero":
			return "zero"
		}
	}
	return "never"
}

func (s schema) typeOf(t reflect.Type, seen map[string]reflect.Type) any {
	if scalar, found := scalars[t]; found {
		return scalar
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.typeOf(t.Elem(), seen)
	case reflect.Slice:
		return map[string]any{"list": s.typeOf(t.Elem(), seen)}
	case reflect.Map:
		return map[string]any{"map": s.typeOf(t.Elem(), seen)}
	case reflect.Struct:
		refuseOwnJSON(t)
		s.add(t, seen)
		return map[string]any{"struct": t.Name()}
	}
	if name, found := kinds[t.Kind()]; found {
		refuseOwnJSON(t)
		return name
	}
	log.Fatalf("no name for type %s", t)
	return nil
}

// refuseOwnJSON stops at a type that writes itself in a way of its own and is not among the scalars.
func refuseOwnJSON(t reflect.Type) {
	marshaler := reflect.TypeFor[json.Marshaler]()
	if t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler) {
		log.Fatalf("type %s writes its own JSON; name it in scalars", t)
	}
}
