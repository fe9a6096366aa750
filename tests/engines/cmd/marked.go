package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
)

// marked are the numbers of all processes of ours that were started in a folder, directly or by what was started
// there. It finds what was started in the moment in which its starter was killed.
func marked(dir string) []int {
	entries, _ := filepath.Glob("/proc/[0-9]*/environ")
	wanted := []byte(marker + "=" + dir)
	var found []int
	for _, it := range entries {
		// Of a process of others, and of one that has ended, nothing can be read.
		environment, _ := os.ReadFile(it)
		for _, variable := range bytes.Split(environment, []byte{0}) {
			if !bytes.Equal(variable, wanted) {
				continue
			}
			if number, err := strconv.Atoi(filepath.Base(filepath.Dir(it))); err == nil && number != os.Getpid() {
				found = append(found, number)
			}
			break
		}
	}
	return found
}
