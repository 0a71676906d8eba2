package deadline_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"kigen/cmd/kigen/internal/deadline"
	"kigen/sla"
	"kigen/sla/tracker"
)

// several adds to the asker's vendors one whose rule counts from two moments,
// and one whose rule asks for a fact.
func several(t testing.TB) *deadline.Asker {
	a := asker(t)
	cal := weekdays(t)
	earlier := sla.Rule{Op: sla.OpEarlierOf, Args: []sla.Rule{
		elapsed(72 * hour), {Op: sla.OpFrom, From: sla.Detected, Args: []sla.Rule{elapsed(24 * hour)}},
	}}
	cases := sla.Rule{Op: sla.OpCases, By: sla.BySeverity, Cases: []sla.Case{{Value: "critical", Rule: elapsed(hour)}, {Rule: elapsed(24 * hour)}}}
	a.Catalogue = append(a.Catalogue,
		&sla.Vendor{ID: "moments", Services: []string{"mail", "disk"}, Promises: []*sla.Promise{{ID: "notice", Vendor: "moments", Due: earlier, Calendar: cal, Start: sla.Occurred}}},
		&sla.Vendor{ID: "cases", Promises: []*sla.Promise{{ID: "notice", Vendor: "cases", Due: cases, Calendar: cal, Start: sla.Detected}}},
		&sla.Vendor{ID: "silent"},
		&sla.Vendor{ID: "papers", Services: []string{"mail", "chat, fast", "disk"}, Promises: []*sla.Promise{
			{ID: "mail-notice", Vendor: "papers", Due: elapsed(hour), Calendar: cal, Start: sla.Detected, Gate: sla.Gate{Service: []string{"mail", "disk"}}},
			{ID: "chat-notice", Vendor: "papers", Due: elapsed(2 * hour), Calendar: cal, Start: sla.Detected, Gate: sla.Gate{Service: []string{"chat, fast"}}},
		}},
	)
	return a
}

// brief shortens answers to what the tests below are about.
func brief(t *testing.T, lines string) string {
	t.Helper()
	var out []string
	for line := range strings.Lines(lines) {
		var a deadline.Answer
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		text := a.Vendor + " " + a.Promise + "/" + a.Stage + " " + a.StartFrom
		if a.Due != nil {
			text += " " + a.Due.Format("01-02 15:04")
		}
		if a.NotProvable {
			text += " not provable"
		}
		out = append(out, strings.TrimSpace(text))
	}
	return strings.Join(out, "\n")
}

// A row has an answer for every promise and stage, in the order of the input.
func TestBatchAnswersForEveryDuty(t *testing.T) {
	in := "vendor,start\ntwo,2026-05-01 10:00\nstaged,2026-05-01 10:00\nnone,2026-05-01 10:00\n"
	for _, c := range []struct{ promise, stage, want string }{
		{"", "", "two fast/ occurred 05-01 11:00\ntwo \"slow\"/ occurred 05-01 19:00\nstaged notice/first occurred 05-01 22:00\nstaged notice/final notice\nnone notice/ occurred"},
	} {
		a := several(t)
		a.Promise, a.Stage = c.promise, c.stage
		for _, explain := range []bool{false, true} {
			got, err := batch(t, a, strings.NewReader(in), explain)
			if err != nil || brief(t, got) != c.want {
				t.Errorf("%s/%s, explained %v: %v\n%s\nwant\n%s", c.promise, c.stage, explain, err, brief(t, got), c.want)
			}
		}
	}
	for _, c := range []struct{ row, promise, stage, want string }{
		{"two,2026-05-01 10:00", `"slow"`, "", `two "slow"/ occurred 05-01 19:00`},
		{"staged,2026-05-01 10:00", "notice", "final", "staged notice/final notice"},
		{"staged,2026-05-01 10:00", "", "first", "staged notice/first occurred 05-01 22:00"},
	} {
		a := several(t)
		a.Promise, a.Stage = c.promise, c.stage
		got, err := batch(t, a, strings.NewReader("vendor,start\n"+c.row+"\n"), false)
		if err != nil || brief(t, got) != c.want {
			t.Errorf("%s %s/%s: %v, %s, want %s", c.row, c.promise, c.stage, err, brief(t, got), c.want)
		}
	}
}

func TestBatchReadsMomentsAndFacts(t *testing.T) {
	for _, c := range []struct{ header, row, want string }{
		{"vendor,start", "moments,2026-05-01 10:00", "moments notice/ occurred 05-02 10:00"},
		{"vendor,start,detected_at", "moments,2026-05-01 10:00,2026-05-03 10:00", "moments notice/ occurred 05-04 10:00"},
		{"vendor,start,detected_at", "moments,2026-05-01 10:00,", "moments notice/ occurred 05-02 10:00"},
		{"vendor,detected_at,occurred_at", "moments,2026/5/1 12:00,2026年5月1日 10時", "moments notice/ occurred 05-02 12:00"},
		{"vendor,Detected", "cases,R8.5.1 10:00", "cases notice/ detected 05-01 11:00 not provable"},
		{"vendor,detected_at,severity", "cases,2026-05-01 10:00,critical", "cases notice/ detected 05-01 11:00"},
		{"vendor,aware_at,severity,impact,scope,service", "cases,2026-05-01 10:00,critical,serious,all_customers,mail", "cases notice/ aware 05-01 11:00 not provable"},
		{"vendor,aware_at", "moments,2026-05-01 10:00", "moments notice/ aware 05-02 10:00 not provable"},
		{"vendor,detected_at", "moments,2026-05-01 10:00", "moments notice/ detected 05-02 10:00"},
		{"vendor,start,service", "moments,2026-05-01 10:00,disk", "moments notice/ occurred 05-02 10:00"},
		{"vendor,start,service", "papers,2026-05-01 10:00,", "papers mail-notice/ detected 05-01 11:00\npapers chat-notice/ detected 05-01 12:00"},
		{"vendor,start,service", "papers,2026-05-01 10:00,disk", "papers mail-notice/ detected 05-01 11:00\npapers chat-notice/ detected"},
		{"vendor,start,service", "papers,2026-05-01 10:00, \"chat, fast\"", "papers mail-notice/ detected\npapers chat-notice/ detected 05-01 12:00"},
		{"vendor,service,detected_at", "papers, mail ,2026-05-01 10:00", "papers mail-notice/ detected 05-01 11:00\npapers chat-notice/ detected"},
		{"vendor,start,impact", "gated,2026-05-01 10:00,none", "gated notice/ occurred"},
	} {
		for _, explain := range []bool{false, true} {
			got, err := batch(t, several(t), strings.NewReader(c.header+"\n"+c.row+"\n"), explain)
			if err != nil || brief(t, got) != c.want {
				t.Errorf("%s: %s: %v, %s, want %s", c.header, c.row, err, brief(t, got), c.want)
			}
		}
	}
}

func TestBatchReadsFilesOfSpreadsheets(t *testing.T) {
	a := several(t)
	want := "moments notice/ occurred 05-02 12:00\nnone notice/ occurred"
	plain := "vendor,start,detected_at,service\r\nmoments,2026/5/1 10:00,2026/5/1 12:00,mail\r\nnone,2026/5/1 10:00,,\r\n"
	tabs := strings.ReplaceAll(plain, ",", "\t")
	utf16 := func(order unicode.Endianness, text string) string {
		encoded, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return encoded
	}
	_, rows, _ := strings.Cut(plain, "\r\n")
	for name, in := range map[string]string{
		"UTF-8":            plain,
		"a mark":           "\ufeff" + plain,
		"quoted header":    `"vendor","start","detected_at","service"` + "\r\n" + rows,
		"mark and quotes":  "\ufeff\"vendor\",\"start\",\"detected_at\",\"service\"\r\n" + rows,
		"semicolons":       strings.ReplaceAll(plain, ",", ";"),
		"tabs":             tabs,
		"UTF-16, tabs":     utf16(unicode.LittleEndian, tabs),
		"UTF-16, big":      utf16(unicode.BigEndian, plain),
		"empty lines":      strings.ReplaceAll(plain, "\r\n", "\r\n ,,\r\n,,,\r\n \t \r\n\r\n"),
		"padded":           strings.ReplaceAll(plain, "mail\r\n", "mail,,\r\n"),
		"full width":       strings.ReplaceAll(plain, "2026/5/1 12:00", "２０２６年５月１日　１２時"),
		"quotes and space": strings.ReplaceAll(plain, "2026/5/1 12:00", ` "2026/5/1 12:00"`),
	} {
		for _, reader := range []string{"whole", "bytes"} {
			from := iotest.DataErrReader(strings.NewReader(in))
			if reader == "bytes" {
				from = iotest.OneByteReader(strings.NewReader(in))
			}
			got, err := batch(t, a, from, false)
			if err != nil || brief(t, got) != want {
				t.Errorf("%s, %s: %v, %s, want %s", name, reader, err, got, want)
			}
		}
	}
}

func TestBatchNamesWhatIsWrong(t *testing.T) {
	sjis, err := japanese.ShiftJIS.NewEncoder().String("vendor,start\nnone,令和8年5月1日 10時\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		in   string
		at   int
		says []string
	}{
		"unknown column":      {"vendor,start,when\nnone,2026-05-01 10:00,x\n", 1, []string{`unknown column "when"`, "detected_at", "severity"}},
		"column twice":        {"vendor,start,aware_at,aware_at\n", 1, []string{`"aware_at" twice`}},
		"no time column":      {"vendor,severity\n", 1, []string{"no column for a time", "vendor,start"}},
		"moment":              {"vendor,start,detected_at\nnone,2026-05-01 10:00,5/1 10:00\n", 2, []string{`detected_at "5/1 10:00"`, "5/1 is ambiguous"}},
		"relative":            {"vendor,start\nnone,今日 18:00\n", 2, []string{`start "今日 18:00"`, "a file must name the date"}},
		"no time":             {"vendor,start,detected_at\nnone,,\n", 2, []string{"start", "is missing", "detected_at"}},
		"severity":            {"vendor,start,severity\nnone,2026-05-01 10:00,high\nnone,2026-05-01 10:00,worst\n", 3, []string{`severity "worst"`, "critical, high"}},
		"service":             {"vendor,start,service\nmoments,2026-05-01 10:00,phone\n", 2, []string{`service "phone"`, "mail, disk"}},
		"a service of a gate": {"vendor,start,service\npapers,2026-05-01 10:00,mail\npapers,2026-05-01 10:00,Mail\n", 3, []string{`service "Mail"`, "mail, chat, fast, disk"}},
		"fields":              {"vendor,start,detected_at\nnone,2026-05-01 10:00\n", 2, []string{"is not 3 CSV fields", "vendor,start,detected_at"}},
		"no promise":          {"vendor,start\nsilent,2026-05-01 10:00\n", 2, []string{`vendor "silent"`, "has made no promise"}},
		"UTF-16 unmarked":     {"v\x00e\x00n\x00d\x00o\x00r\x00,\x00s\x00\n\x00", 1, []string{"is UTF-16 without its mark", "CSV UTF-8"}},
		"Shift_JIS":           {sjis, 2, []string{"start", "is not UTF-8", "CSV UTF-8"}},
		"Shift_JIS, header":   {"\x83\x78,start\n", 1, []string{"is not UTF-8"}},
	} {
		for _, explain := range []bool{false, true} {
			_, err := batch(t, several(t), strings.NewReader(c.in), explain)
			var line *deadline.LineError
			if _, invalid := tracker.AsInvalid(err); !invalid || !errors.As(err, &line) || line.Line != c.at {
				t.Errorf("%s: error %v, want one of line %d", name, err, c.at)
				continue
			}
			for _, part := range c.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s: error %q lacks %q", name, err, part)
				}
			}
		}
	}
	for _, c := range []struct{ promise, stage, row, says string }{
		{"other", "", "two", `promise "other": is not a promise of two: use one of fast, "slow"`},
		{"", "last", "staged", `stage "last": is not a stage of staged: use one of first, final`},
		{"", "last", "two", `stage "last": is not a stage of two, whose promises have none`},
	} {
		a := several(t)
		a.Promise, a.Stage = c.promise, c.stage
		_, err := batch(t, a, strings.NewReader("vendor,start\n"+c.row+",2026-05-01 10:00\n"), false)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s/%s: error %v, want %q", c.promise, c.stage, err, c.says)
		}
	}
}

// Each row is answered for its own service: the service of a row is not used for the next
// one.
func TestServiceOfTheRowBefore(t *testing.T) {
	in := "vendor,start,service\npapers,2026-05-01 10:00,mail\nnone,2026-05-01 10:00,\npapers,2026-05-01 10:00,\n"
	want := "papers mail-notice/ detected 05-01 11:00\npapers chat-notice/ detected\nnone notice/ occurred\npapers mail-notice/ detected 05-01 11:00\npapers chat-notice/ detected 05-01 12:00"
	for _, explain := range []bool{false, true} {
		if got, err := batch(t, several(t), strings.NewReader(in), explain); err != nil || brief(t, got) != want {
			t.Errorf("explained %v: %v\n%s\nwant\n%s", explain, err, brief(t, got), want)
		}
	}
}

func TestAskAboutAService(t *testing.T) {
	a := several(t)
	for _, test := range [][2]string{
		{"", "running running"}, {"mail", "running not_applicable"}, {" disk ", "running not_applicable"}, {"chat, fast", "not_applicable running"},
	} {
		service, want := test[0], test[1]
		answers, _, err := a.Ask(&deadline.Question{Vendor: "papers", Start: "2026-05-01 10:00", Service: service})
		if err != nil || len(answers) != 2 {
			t.Fatalf("%q: %d answers, %v", service, len(answers), err)
		}
		if got := string(answers[0].State + " " + answers[1].State); got != want {
			t.Errorf("%q: %s, want %s", service, got, want)
		}
		for _, answer := range answers {
			if answer.State == sla.NotApplicable && (len(answer.Explanation) != 1 || answer.Explanation[0].By != sla.ByService || !strings.Contains(answer.Explanation[0].Text, strings.TrimSpace(service))) {
				t.Errorf("%q: explained by %+v", service, answer.Explanation)
			}
		}
	}
	_, _, err := a.Ask(&deadline.Question{Vendor: "papers", Start: "2026-05-01 10:00", Service: "Mail"})
	if err == nil || !strings.Contains(err.Error(), `service "Mail": is not a service of papers: use one of mail, chat, fast, disk`) {
		t.Errorf("another service: %v", err)
	}
}

func TestAskReadsMoments(t *testing.T) {
	q := &deadline.Question{Vendor: "moments", Moments: map[sla.Moment]string{sla.Occurred: "2026/5/1 10:00", sla.Detected: "2026-05-03T10:00:00Z"}}
	answers, read, err := several(t).Ask(q)
	if err != nil {
		t.Fatal(err)
	}
	if a := answers[0]; a.Start.Format("01-02 15:04") != "05-01 10:00" || a.StartFrom != "occurred" || a.Due.Format("01-02 15:04") != "05-04 10:00" || a.NotProvable {
		t.Errorf("%+v", a)
	}
	if len(read) != 2 || read[0].Field != "occurred_at" || read[0].Time.Echo("en") == "" || read[1].Time.Echo("en") != "" {
		t.Errorf("read as %+v", read)
	}
	q.Vendor, q.Moments[sla.Occurred] = "readings", "2150-05-01 10:00"
	if _, _, err = several(t).Ask(q); err == nil || !strings.Contains(err.Error(), `occurred_at "2150-05-01 10:00": leads outside the years`) {
		t.Errorf("%v", err)
	}
}

// A row names the kind that its promises are about, as --about does for all rows; an empty
// one leaves that to the asker. Each answer says its kind.
func TestBatchReadsTheKind(t *testing.T) {
	planned := &sla.Vendor{ID: "planner"}
	for _, p := range []*sla.Promise{
		{ID: "notice", Start: sla.Occurred, Due: elapsed(hour)},
		{ID: "deletion", About: sla.KindContractEnd, Start: sla.Ended, Due: elapsed(2 * hour)},
		{ID: "change", About: sla.KindChange, Start: sla.Scheduled, Due: elapsed(3 * hour)},
		{ID: "other-change", About: sla.KindChange, Start: sla.Scheduled, Due: elapsed(4 * hour)},
	} {
		p.Vendor, p.Calendar = planned.ID, weekdays(t)
		planned.Promises = append(planned.Promises, p)
	}
	a := several(t)
	a.Catalogue = append(a.Catalogue, planned)
	in := "vendor,about,start\nplanner,,2026-05-01 10:00\nplanner,contract_end,2026-05-01 10:00\nplanner,change,2026-05-01 10:00\nplanner,incident,2026-05-01 10:00\n"
	for about, want := range map[sla.IncidentKind]string{
		"":             "notice/incident deletion/contract_end change/change other-change/change notice/incident",
		sla.KindChange: "change/change other-change/change deletion/contract_end change/change other-change/change notice/incident",
	} {
		for _, explain := range []bool{false, true} {
			a.About = about
			out, err := batch(t, a, strings.NewReader(in), explain)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for line := range strings.Lines(out) {
				var answer struct{ Promise, About string }
				if err := json.Unmarshal([]byte(line), &answer); err != nil {
					t.Fatal(err)
				}
				got = append(got, answer.Promise+"/"+answer.About)
			}
			if said := strings.Join(got, " "); said != want {
				t.Errorf("about %q, explained %v: %s, want %s", about, explain, said, want)
			}
		}
	}
	a.About = ""
	for row, says := range map[string]string{
		"planner,upkeep,2026-05-01 10:00":      `about "upkeep": is unknown: use incident, event`,
		"planner,maintenance,2026-05-01 10:00": `about "maintenance": planner has made no promise about this kind: use one of incident, change, contract_end`,
	} {
		for _, explain := range []bool{false, true} {
			_, err := batch(t, a, strings.NewReader("vendor,about,start\nplanner,change,2026-05-01 10:00\n"+row+"\n"), explain)
			if err == nil || !strings.HasPrefix(err.Error(), "line 3: ") || !strings.Contains(err.Error(), says) {
				t.Errorf("%s, explained %v: %v, want line 3 and %q", row, explain, err, says)
			}
		}
	}
}
