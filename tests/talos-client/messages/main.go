// Says which messages, enumerations and calls the official protos of Talos and of COSI have: one line for each field,
// value and call.
package main

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/cosi-project/runtime/api/v1alpha1"
	_ "github.com/siderolabs/talos/pkg/machinery/api/machine"
	_ "github.com/siderolabs/talos/pkg/machinery/api/storage"
	_ "github.com/siderolabs/talos/pkg/machinery/api/time"
)

var packages = []protoreflect.FullName{"common", "cosi.resource", "google.rpc", "machine", "storage", "time"}

func main() {
	var lines []string
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if slices.Contains(packages, file.Package()) {
			lines = append(lines, messages(file.Messages())...)
			lines = append(lines, enums(file.Enums())...)
			lines = append(lines, calls(file.Services())...)
		}
		return true
	})
	slices.Sort(lines)
	for _, line := range lines {
		fmt.Println(line)
	}
}

func messages(all protoreflect.MessageDescriptors) (lines []string) {
	for number := range all.Len() {
		it := all.Get(number)
		lines = append(lines, "message "+string(it.FullName()))
		for at := range it.Fields().Len() {
			lines = append(lines, field(it, it.Fields().Get(at)))
		}
		lines = append(lines, messages(it.Messages())...)
		lines = append(lines, enums(it.Enums())...)
	}
	return lines
}

func field(of protoreflect.MessageDescriptor, it protoreflect.FieldDescriptor) string {
	kind := it.Kind().String()
	switch {
	case it.Message() != nil:
		kind += " " + string(it.Message().FullName())
	case it.Enum() != nil:
		kind += " " + string(it.Enum().FullName())
	}
	how := ""
	switch {
	case it.Cardinality() == protoreflect.Repeated:
		how = "repeated "
	case it.HasOptionalKeyword():
		how = "optional "
	case it.ContainingOneof() != nil:
		how = "one of " + string(it.ContainingOneof().Name()) + " "
	}
	return fmt.Sprintf("field %s.%s = %d: %s%s", of.FullName(), it.Name(), it.Number(), how, kind)
}

func enums(all protoreflect.EnumDescriptors) (lines []string) {
	for number := range all.Len() {
		it := all.Get(number)
		for at := range it.Values().Len() {
			value := it.Values().Get(at)
			lines = append(lines, fmt.Sprintf("value %s.%s = %d", it.FullName(), value.Name(), value.Number()))
		}
	}
	return lines
}

func calls(all protoreflect.ServiceDescriptors) (lines []string) {
	for number := range all.Len() {
		it := all.Get(number)
		for at := range it.Methods().Len() {
			call := it.Methods().Get(at)
			streams := func(is bool) string {
				if is {
					return "stream "
				}
				return ""
			}
			lines = append(lines, fmt.Sprintf("call %s/%s: %s%s, %s%s", it.FullName(), call.Name(),
				streams(call.IsStreamingClient()), call.Input().FullName(),
				streams(call.IsStreamingServer()), call.Output().FullName()))
		}
	}
	return lines
}
