//go:build tools

// Package tools pins the talhelper that the simulator's stand-in is held to.
package tools

import _ "github.com/budimanjojo/talhelper/v3"
