package main

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/resource/protobuf"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/siderolabs/talos/pkg/machinery/client"
	"go.yaml.in/yaml/v4"
)

// typed is a resource with the spec that its YAML says, which must have no field that the official type lacks. As
// talosctl does, this goes by the YAML of a spec; the world writes no other form of most.
func typed(written resource.Resource) (resource.Resource, error) {
	wire, ok := written.(*protobuf.Resource)
	if !ok {
		return written, nil
	}
	marshaled, err := wire.Marshal()
	if err != nil {
		return nil, err
	}
	made, err := protobuf.UnmarshalResource(wire)
	if err != nil {
		return nil, err
	}
	if made == resource.Resource(wire) {
		// A type that this version of the client does not know.
		return made, nil
	}
	target := made.Spec()
	if reflect.TypeOf(target).Kind() != reflect.Pointer {
		return made, nil
	}
	// The spec proper, so that the decoder stays strict.
	if inner := reflect.ValueOf(target).Elem(); inner.Kind() == reflect.Struct {
		if value := inner.FieldByName("Value"); value.IsValid() && value.Kind() == reflect.Pointer {
			value.Set(reflect.New(value.Type().Elem()))
			target = value.Interface()
		}
	}
	decoder := yaml.NewDecoder(strings.NewReader(marshaled.GetSpec().GetYamlSpec()))
	decoder.KnownFields(true)
	return made, decoder.Decode(target)
}

var raw = state.WithSkipProtobufUnmarshal()

// get is one resource of a type that the client knows.
func get[T resource.Resource](ctx context.Context, c *client.Client, of resource.Resource, id string) (none T, err error) {
	at := resource.NewMetadata(of.Metadata().Namespace(), of.Metadata().Type(), id, resource.VersionUndefined)
	written, err := c.COSI.Get(ctx, at, state.WithGetUnmarshalOptions(raw))
	if err != nil {
		return none, err
	}
	one, err := typed(written)
	if err != nil {
		return none, fmt.Errorf("%s: %w", at, err)
	}
	return one.(T), nil
}

// list are all resources of a type that the client knows.
func list[T resource.Resource](ctx context.Context, c *client.Client, of resource.Resource) (all []T, err error) {
	at := resource.NewMetadata(of.Metadata().Namespace(), of.Metadata().Type(), "", resource.VersionUndefined)
	written, err := c.COSI.List(ctx, at, state.WithListUnmarshalOptions(raw))
	if err != nil {
		return nil, err
	}
	for _, it := range written.Items {
		one, err := typed(it)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", it.Metadata(), err)
		}
		all = append(all, one.(T))
	}
	return all, nil
}
