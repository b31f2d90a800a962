package main

import (
	"flag"
	"os"
)

// Where the configuration is looked for when nothing is said.
var configPlaces = []string{"hasshin.yaml", "/etc/hasshin/hasshin.yaml"}

// configVariable is the environment variable that says where the configuration is.
const configVariable = "HASSHIN_CONFIG"

// configFlag declares --config: a file, or a folder of files.
func configFlag(flags *flag.FlagSet) *string {
	return flags.String("config", configPlace(), "configuration: a YAML `file`, or a folder of them")
}

func configPlace() string {
	if place := os.Getenv(configVariable); place != "" {
		return place
	}
	for _, place := range configPlaces {
		if _, err := os.Stat(place); err == nil {
			return place
		}
	}
	return configPlaces[0]
}
