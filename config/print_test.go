package config_test

import (
	"errors"
	"strings"
	"testing"

	"kigen/config"
)

func printedBy(t testing.TB, c *config.Config) string {
	t.Helper()
	var b strings.Builder
	if err := c.Print(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPrintedConfigurationMeansTheSame loads what was printed.
func TestPrintedConfigurationMeansTheSame(t *testing.T) {
	paths := append(files(t, "good"), "testdata/wild/month-after-first.yaml", "testdata/wild/thirty-days-rolling.yaml", "")
	for _, path := range paths {
		c, err := config.Load(path, designEnv)
		if err != nil {
			t.Fatal(err)
		}
		printed := printedBy(t, c)
		again, err := config.Parse(path, []byte(printed), designEnv)
		if err != nil {
			t.Errorf("%s: what Print wrote is refused: %v\n%s", path, err, printed)
			continue
		}
		if got := printedBy(t, again); got != printed {
			t.Errorf("%s: printed again it reads\n%s\nnot\n%s", path, got, printed)
		}
		for i, vendor := range c.Catalogue {
			for j, p := range vendor.Promises {
				if other := again.Catalogue[i].Promises[j]; p.Terms().Hash != other.Terms().Hash {
					t.Errorf("%s: %s/%s has other terms after printing", path, vendor.ID, p.ID)
				}
			}
		}
	}
}

func TestPrintShowsWhatIsInForce(t *testing.T) {
	printed := printedBy(t, parse(t, "listen: 127.0.0.1:1", "KIGEN_LISTEN=127.0.0.1:2"))
	for _, want := range []string{"listen: 127.0.0.1:2\n", "database: kigen.db\n", "id: sotas\n", "reading: next-opening\n"} {
		if !strings.Contains(printed, want) {
			t.Errorf("does not say %q:\n%s", want, printed)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestPrintReportsWriteErrors(t *testing.T) {
	if err := builtin(t).Print(fullDisk{}); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("got %v", err)
	}
}
