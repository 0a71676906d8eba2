package main_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"kigen/sla/seedtest"
)

// An upload to Slack takes three requests: where to, the content, and that it
// is to be shown, in which channel and thread.
const (
	askAddress = "getUploadURLExternal"
	sendBytes  = "upload"
	complete   = "completeUploadExternal"
)

// uploads are the points on the way of a file: in each of the three steps,
// before it is done, after it is done, and after kigen was told so.
func uploads() []point {
	var all []point
	for _, step := range [...]string{askAddress, sendBytes, complete} {
		for _, when := range [...]point{onTheWire, accepted, answered} {
			all = append(all, upload(step, when))
		}
	}
	return all
}

func upload(step string, when point) point { return point(step + ": " + string(when)) }

// step is the step of an upload that the point lies in; empty: in none.
func (p point) step() string {
	step, _, _ := strings.Cut(string(p), ": ")
	if step == string(p) {
		return ""
	}
	return step
}

// during is the point on the way of a file that a request has come to; none
// for a request that is no step of an upload.
func during(path string, when point) point {
	switch {
	case strings.HasSuffix(path, "/files."+askAddress):
		return upload(askAddress, when)
	case strings.Contains(path, "/upload/"):
		return upload(sendBytes, when)
	case strings.HasSuffix(path, "/files."+complete):
		return upload(complete, when)
	}
	return noPoint
}

// reportFiles is how many files go with each report that is sent here.
const reportFiles = 2

// sendReport sends a report of a month long ago, with its files, to one of the
// channels in turn.
func (h *hell) sendReport() {
	h.t.Helper()
	month := time.Now().UTC().AddDate(0, -3, 0).Format("2006-01")
	h.post("/reports/"+month+"/send", map[string]any{"to": []string{fmt.Sprintf("d%d", h.reports%3+1)}})
	h.reports++
}

// checkFiles holds the files that the channels show against those that are
// kept: each is in the thread of its own report, once, byte for byte.
func (h *hell) checkFiles() {
	h.t.Helper()
	shown := map[string]int{}
	for _, m := range h.slack.Messages() {
		for _, f := range m.Files {
			sum := sha256.Sum256(f.Data)
			shown[strings.Join([]string{m.Channel, m.ThreadTS, f.Name, hex.EncodeToString(sum[:])}, " ")]++
		}
	}
	db := reading(h.t, h.dir)
	defer db.Close()
	rows, err := db.QueryContext(h.t.Context(), `
		SELECT h.channel, h.ts, af.name, af.sha256
		FROM deliveries h JOIN alert_files af ON af.alert_id = h.alert_id
		WHERE h.kind = 'post'`)
	if err != nil {
		h.t.Fatal(err)
	}
	defer rows.Close()
	wanted := 0
	for ; rows.Next(); wanted++ {
		var channel, thread, name, hash string
		if err := rows.Scan(&channel, &thread, &name, &hash); err != nil {
			h.t.Fatal(err)
		}
		file := strings.Join([]string{channel, thread, name, hash}, " ")
		if shown[file] != 1 {
			h.t.Errorf("%s arrived %d times in its thread", file, shown[file])
		}
		delete(shown, file)
	}
	if err := rows.Err(); err != nil {
		h.t.Fatal(err)
	}
	if wanted != reportFiles*h.reports {
		h.t.Errorf("%d files are kept of %d reports", wanted, h.reports)
	}
	for file, n := range shown {
		h.t.Errorf("%d files that nobody expects: %s", n, file)
	}
}

// TestKilledInADigest kills kigen while it tells of seventy deadlines that
// passed at one instant: one summary, one file, and each incident on one page.
// Slack takes no file until kigen is to be killed during its upload, or the file
// could pass before. Between the two kills during the upload lies the minute for
// which a file is looked for.
func TestKilledInADigest(t *testing.T) {
	t.Parallel()
	const incidents = 70
	h := newHell(t, rand.New(rand.NewPCG(seedtest.Of(t), 99)), "C0000000001")
	due := time.Now().Add(25 * time.Second)
	for range incidents {
		h.log(due)
	}
	if left := time.Until(due); left < time.Second {
		t.Fatalf("logging took %s too long", -left)
	}
	for _, want := range []point{planned, onTheWire, accepted, upload(sendBytes, accepted), claimed, answered, upload(complete, accepted), accepted} {
		inUpload, patience := want.step() != "", 30*time.Second
		if inUpload {
			patience = 3 * time.Minute
		}
		h.trap.refuseUploads(!inUpload)
		h.trap.arm(want, inUpload)
		met := h.await(want, patience)
		t.Logf("killed: %s", met)
		if inUpload && met != want {
			t.Errorf("no kill met %q", want)
		}
		h.kigen.signal(syscall.SIGKILL)
		h.trap.release()
		h.trap.spare() // what was killed in an upload is looked for at once
		h.kigen = serveHasty(t, h.dir)
	}
	h.trap.refuseUploads(false)
	h.rest()
	summaries, files, listed := 0, 0, map[string]int{}
	for _, m := range h.slack.Messages() {
		switch files += len(m.Files); {
		case m.ThreadTS == "":
			summaries++
		case len(m.Files) == 0:
			for _, id := range listedIDs.FindAllString(m.Shown(), -1) {
				listed[id]++
			}
		case strings.Count(string(m.Files[0].Data), "KGN-") != incidents:
			t.Errorf("the file holds\n%s", m.Files[0].Data)
		}
	}
	if summaries != 1 || files != 1 || len(listed) != incidents {
		t.Errorf("%d summaries, %d files and %d incidents on pages, want 1, 1 and %d", summaries, files, len(listed), incidents)
	}
	for id, n := range listed {
		if n != 1 {
			t.Errorf("%s stands on %d pages", id, n)
		}
	}
	h.kigen.signal(syscall.SIGTERM)
	worked(t, runIn(t, h.dir, nil, "", "db", "verify"))
}

var listedIDs = regexp.MustCompile(`KGN-\d+`)
