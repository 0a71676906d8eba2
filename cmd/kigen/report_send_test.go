package main_test

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"kigen/notify/fakeslack"
)

// shared lists what the channel shows of reports: each summary, and in its
// thread the names of the files.
func shared(t *testing.T, slack *fakeslack.Slack) (summaries []string, files map[string][]string) {
	t.Helper()
	files = map[string][]string{}
	texts := map[string]string{}
	for _, m := range slack.Messages() {
		if m.ThreadTS == "" {
			summaries = append(summaries, m.Shown())
			texts[m.TS] = m.Shown()
			continue
		}
		for _, f := range m.Files {
			files[texts[m.ThreadTS]] = append(files[texts[m.ThreadTS]], f.Name)
			if len(f.Data) < 1000 {
				t.Errorf("%s has %d bytes", f.Name, len(f.Data))
			}
		}
	}
	return summaries, files
}

// A report that is sent by hand comes with its files in its thread, once, also
// when kigen is killed right after the command; another time it says so.
func TestReportIsSentByHand(t *testing.T) {
	t.Parallel()
	slack, dir := workspace(t)
	kigen := serve(t, dir)
	now := time.Now().UTC()
	month := now.AddDate(0, 0, -now.Day()-1).Format("2006-01") // ended in every zone
	out := kigen.ask("report", month, "--send", "--config", "kigen.yaml")
	for _, part := range []string{month + " edition 1 is on its way to soc", "report/" + month + "/sent/1", "kigen-" + month + ".pdf", "kigen-" + month + ".xlsx"} {
		if !strings.Contains(out, part) {
			t.Errorf("%q lacks %q", out, part)
		}
	}
	kigen.signal(syscall.SIGKILL)
	kigen = serve(t, dir)
	complete := func(n int) func() bool {
		return func() bool {
			summaries, files := shared(t, slack)
			done := len(summaries) == n
			for _, s := range summaries {
				done = done && len(files[s]) == 2
			}
			return done
		}
	}
	eventually(t, 90*time.Second, "the report and its files", complete(1)) // a killed request is looked for
	kigen.ask("report", month, "--send", "--to", "soc", "--config", "kigen.yaml")
	eventually(t, 30*time.Second, "the report once more", complete(2))
	summaries, files := shared(t, slack)
	if strings.Contains(summaries[0], "Sent again") || !strings.Contains(summaries[1], "Sent again: this report had been sent before (by hand, no. 2).") {
		t.Errorf("the channel shows %q", summaries)
	}
	want := []string{"kigen-" + month + ".pdf", "kigen-" + month + ".xlsx"}
	if got := files[summaries[1]]; !slices.Equal(got, want) {
		t.Errorf("its files are %q, want %q", got, want)
	}
	if page := kigen.get("/reports/" + month + "?lang=en"); !strings.Contains(page, "Edition 1") || !strings.Contains(page, "SHA-256") || strings.Contains(page, "Edition 2") {
		t.Errorf("the page is\n%s", page)
	}
}

func TestReportSendRefuses(t *testing.T) {
	t.Parallel()
	_, dir := workspace(t)
	r := runIn(t, dir, []string{"KIGEN_LISTEN=127.0.0.1:1"}, "", "report", "2025-05", "--send", "--config", "kigen.yaml")
	if r.code != 1 || !strings.Contains(r.stderr, "no kigen answers at") || !strings.Contains(r.stderr, "kigen serve") {
		t.Errorf("without a daemon: %+v", r)
	}
	kigen := serve(t, dir)
	for args, says := range map[string][]string{
		"2025-05 --to soc":                                     {"--to", "--send"},
		"2025-05 --send --format pdf":                          {"report.formats"},
		"2025-05 --send --freeze":                              {"--freeze", "--send"},
		"2025-05 --send --to nobody":                           {"to", "nobody", "use soc"},
		"2999-05 --send":                                       {"2999-05", "not begun"},
		time.Now().AddDate(0, 0, 1).Format("2006") + " --send": {"has not ended"},
	} {
		r := runIn(t, dir, []string{"KIGEN_URL=" + kigen.url}, "", append([]string{"report", "--config", "kigen.yaml"}, strings.Fields(args)...)...)
		if r.code != 2 {
			t.Errorf("report %s: exit %d, want 2", args, r.code)
		}
		for _, want := range says {
			if !strings.Contains(r.stderr, want) {
				t.Errorf("report %s says %q, which lacks %q", args, r.stderr, want)
			}
		}
	}
}
