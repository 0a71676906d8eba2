package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kigen/config"
)

const withOfficialList = `
calendars:
  office:
    hours: {mon-fri: "09:00-18:00"}
    holidays: {official_csv: lists/syukujitsu.csv}
`

// loadBeside loads a configuration with a list of holidays beside it.
func loadBeside(t *testing.T, list string) (*config.Config, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "lists"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"kigen.yaml": withOfficialList, "lists/syukujitsu.csv": list} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return config.Load(filepath.Join(dir, "kigen.yaml"), nil)
}

// year2028 is what the Act gives for 2028, and a holiday that no law knows yet.
const year2028 = "2028-01-01,元日 2028-01-10,成人の日 2028-02-11,建国記念の日 2028-02-23,天皇誕生日 2028-03-20,春分の日 " +
	"2028-04-29,昭和の日 2028-05-03,憲法記念日 2028-05-04,みどりの日 2028-05-05,こどもの日 2028-06-12,臨時の祝日 " +
	"2028-07-17,海の日 2028-08-11,山の日 2028-09-18,敬老の日 2028-09-22,秋分の日 2028-10-09,スポーツの日 " +
	"2028-11-03,文化の日 2028-11-23,勤労感謝の日 "

// TestNewerOfficialList adds a year to the list that is built in.
func TestNewerOfficialList(t *testing.T) {
	list := string(read(t, "../calendar/jp-holidays-1955-2027.csv")) +
		strings.ReplaceAll(year2028, " ", "\n")
	c, err := loadBeside(t, list)
	if err != nil {
		t.Fatal(err)
	}
	office := c.Calendars["office"]
	if office.IsBusinessDay(date(t, "2028-06-12")) || office.Day(date(t, "2028-06-12")).Name.Ja != "臨時の祝日" {
		t.Errorf("2028-06-12 is %+v", office.Day(date(t, "2028-06-12")))
	}
	if !c.Calendars["sotas"].IsBusinessDay(date(t, "2028-06-12")) {
		t.Error("the list changed another calendar")
	}
}

func TestWrongOfficialList(t *testing.T) {
	_, err := loadBeside(t, "date,name\n2028-02-30,元日\n")
	if err == nil || !strings.Contains(err.Error(), `kigen.yaml:5: calendars.office.holidays.official_csv: "lists/syukujitsu.csv": is not the Cabinet Office's list`) ||
		!strings.Contains(err.Error(), "2028-02-30") {
		t.Errorf("got %v", err)
	}
}
