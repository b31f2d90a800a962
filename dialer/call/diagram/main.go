// Diagram writes docs/call-states.md: the life of a call as a diagram and as tables, from package call's own table and layout.
package main

import (
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	page, err := render("state.go")
	if err != nil {
		log.Fatal("diagram: ", err)
	}
	if err := os.WriteFile("../../docs/call-states.md", page, 0o644); err != nil {
		log.Fatal("diagram: ", err)
	}
}
