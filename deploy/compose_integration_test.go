//go:build integration

package deploy_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The compose file is for both; what is installed reads it. Bootstrapping brings at least one.
func TestEachComposeHereReadsTheFile(t *testing.T) {
	tried := 0
	for _, compose := range [][]string{{"docker", "compose"}, {"docker-compose"}} {
		if err := exec.CommandContext(t.Context(), compose[0], append(compose[1:len(compose):len(compose)], "version")...).Run(); err != nil {
			continue
		}
		tried++
		cmd := exec.CommandContext(t.Context(), compose[0], append(compose[1:len(compose):len(compose)], "-f", "compose.yaml", "config", "--services")...)
		cmd.Env = append(os.Environ(), "ARI_PASSWORD=x", "DEMO_PASSWORD_HASH=$argon2id$v=19$x")
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("%v: %v: %s", compose, err, &stderr)
			continue
		}
		if stderr.Len() > 0 {
			t.Errorf("%v complains: %s", compose, &stderr)
		}
		for _, service := range []string{"redis", "asterisk", "carrier", "hasshin"} {
			if !strings.Contains("\n"+string(out), "\n"+service+"\n") {
				t.Errorf("%v does not know the service %s: %s", compose, service, out)
			}
		}
	}
	if tried == 0 {
		t.Error("there is no compose here: run deploy/bootstrap.sh")
	}
}
