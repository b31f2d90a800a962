// Sheet writes docs/hours.md: the shipped profiles, with the source of each figure, from package hours itself.
package main

import (
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	if err := os.WriteFile("../../docs/hours.md", page(), 0o644); err != nil {
		log.Fatal("sheet: ", err)
	}
}
