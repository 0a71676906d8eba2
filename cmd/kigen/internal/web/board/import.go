package board

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"kigen/cmd/kigen/internal/sheetfile"
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/tracker"
	"kigen/sla/when"
)

// mostFaults bounds the faults of a file that the page lists.
const mostFaults = 200

// importView is the page that logs the incidents of a file.
type importView struct {
	Most    int // rows
	MiB     int
	Heads   string
	Columns string
	Help    string
	Map     string // as typed
	History bool
	Faults  []string
	Preview *importPreview // nil: no file was read
}

// importPreview shows what a file would log.
type importPreview struct {
	Name, Content       string // the file, in base64
	Rows                []importRow
	New, Before, Silent int
}

// importRow is one incident of a file.
type importRow struct {
	Line                              int
	Vendor, Title, Reference, Notices string
	Clocks                            []importClock
	Known                             string // the incident that the row would repeat
	Link                              string
}

// importClock is a deadline of a row with its verdict.
type importClock struct {
	State     sla.State
	StateName string
	Stage     string
	Due       string
}

func (p *reader) importForm(w http.ResponseWriter) { p.showImport(w, http.StatusOK, importView{}) }

func (p *reader) showImport(w http.ResponseWriter, status int, view importView) {
	view.Most, view.MiB = tracker.MostAtOnce, web.LargestImport>>20
	view.Heads, view.Columns = sheetfile.Japanese(), sheetfile.Columns()
	shown := frame.Page{Title: p.Say("import_title"), Nav: "new", Main: view}
	if logged, err := strconv.Atoi(p.R.URL.Query().Get("logged")); err == nil && p.R.Method == http.MethodGet {
		before, _ := strconv.Atoi(p.R.URL.Query().Get("before")) //nolint:errcheck // 0 if it is no number
		shown.Done = p.Say("import_done", "N", logged, "Before", before)
	}
	p.Render(w, status, "import", shown)
}

// importFile shows what the posted file would log or, once that is confirmed, logs
// it. The confirmation carries the file itself, so nothing is kept in between.
func (p *reader) importFile(w http.ResponseWriter) {
	if err := p.ReadForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			p.showImport(w, http.StatusRequestEntityTooLarge, importView{Faults: []string{p.Say("import_too_large", "MiB", web.LargestImport>>20)}})
			return
		}
		p.Unreadable(w, err)
		return
	}
	form := p.R.PostForm
	view := importView{Map: form.Get("map"), History: form.Get("history") != ""}
	name, content, err := p.postedImport()
	if err != nil {
		view.Faults = []string{err.Error()}
		p.showImport(w, http.StatusUnprocessableEntity, view)
		return
	}
	file, batch, err := p.readImport(name, content, &view)
	var logged []tracker.Batched
	log := p.Tracker.PreviewBatch
	if form.Get("confirmed") != "" {
		log = p.Tracker.LogBatch
	}
	if err == nil {
		logged, err = log(p.R.Context(), p.Request("", batch.Import), batch)
	}
	switch {
	case err != nil:
		p.refuseImport(w, file, err, view)
	case form.Get("confirmed") != "":
		n := newOf(logged)
		http.Redirect(w, p.R, p.Base+"/incidents/import?logged="+strconv.Itoa(n)+"&before="+strconv.Itoa(len(logged)-n), http.StatusSeeOther)
	default:
		view.Preview = p.importPreview(file, logged)
		view.Preview.Name, view.Preview.Content = name, base64.StdEncoding.EncodeToString(content)
		p.showImport(w, http.StatusOK, view)
	}
}

// postedImport reads the chosen file, or the one that a confirmation carries.
func (p *reader) postedImport() (name string, content []byte, err error) {
	if carried := p.R.PostForm.Get("content"); carried != "" {
		content, err = base64.StdEncoding.DecodeString(carried)
		return p.R.PostForm.Get("name"), content, err
	}
	part, header, err := p.R.FormFile("file")
	if err != nil || header.Size == 0 {
		return "", nil, errors.New(p.Say("import_no_file"))
	}
	defer part.Close()
	if header.Size > web.LargestImport {
		return "", nil, errors.New(p.Say("import_too_large", "MiB", web.LargestImport>>20))
	}
	content, err = io.ReadAll(part)
	return header.Filename, content, err
}

// readImport parses the file into the batch that it stands for.
func (p *reader) readImport(name string, content []byte, view *importView) (file *sheetfile.File, batch tracker.Batch, err error) {
	columns, err := sheetfile.ParseMap(strings.FieldsFunc(strings.TrimSpace(view.Map), func(r rune) bool { return r == '\n' || r == '\r' }))
	if err != nil {
		return nil, batch, err
	}
	if file, err = sheetfile.Read(name, content, columns); err != nil {
		return nil, batch, err
	}
	faults := &sheetfile.Faults{File: name, Sheet: file.Sheet, List: file.Repeated()}
	if len(file.Rows) > tracker.MostAtOnce {
		return nil, batch, errors.New(p.Say("import_too_many", "N", len(file.Rows), "Most", tracker.MostAtOnce))
	}
	batch = tracker.Batch{Import: file.Key(), History: view.History, ByReference: true}
	for _, row := range file.Rows {
		entry, problems := p.BatchedEntry(row.Body, web.Written(when.Parser{Zone: p.Zone}))
		faults.List = append(faults.List, sheetfile.At(file, row.Line, problems)...)
		batch.Entries = append(batch.Entries, entry)
	}
	if len(faults.List) > 0 {
		return file, batch, faults
	}
	return file, batch, nil
}

// refuseImport shows the form again, with each fault by its row.
func (p *reader) refuseImport(w http.ResponseWriter, file *sheetfile.File, err error, view importView) {
	var faults *sheetfile.Faults
	invalid, isInvalid := tracker.AsInvalid(err)
	switch {
	case errors.As(err, &faults):
		view.Faults = strings.Split(faults.First(p.Lang, mostFaults), "\n")
	case isInvalid && file != nil:
		view.Faults = strings.Split(sheetfile.Placed(file, invalid).First(p.Lang, mostFaults), "\n")
	case errors.Is(err, tracker.ErrUnavailable):
		p.Fail(w, err)
		return
	default:
		view.Faults = []string{err.Error()}
	}
	p.showImport(w, http.StatusUnprocessableEntity, view)
}

func newOf(logged []tracker.Batched) (n int) {
	for i := range logged {
		if !logged[i].Before {
			n++
		}
	}
	return n
}

func (p *reader) importPreview(file *sheetfile.File, previews []tracker.Batched) *importPreview {
	view := &importPreview{New: newOf(previews)}
	view.Before = len(previews) - view.New
	for i, b := range previews {
		row := p.importRow(b)
		row.Line = file.Rows[i].Line
		view.Rows = append(view.Rows, row)
		for j := range b.Clocks {
			if c := &b.Clocks[j]; !b.Before && c.State == sla.Overdue && b.Import.Past(c.Due) {
				view.Silent++
			}
		}
	}
	return view
}

func (p *reader) importRow(b tracker.Batched) importRow {
	row := importRow{Vendor: b.Vendor, Title: phrase.Line(b.Title), Reference: phrase.Line(b.Reference)}
	vendor, known := p.Catalogue.Vendor(b.Vendor)
	if known {
		row.Vendor = vendor.Name.In(p.Lang)
	}
	if b.Before {
		row.Known, row.Link = b.ID.String(), p.IncidentPath(b.ID)
	}
	var notices []string
	for _, n := range b.Notices {
		notices = append(notices, phrase.Instant(p.Lang, n.ReceivedAt.In(p.Zone), p.Now)+" "+p.channelName(n.Channel))
	}
	row.Notices = strings.Join(notices, " / ")
	for i := range b.Clocks {
		c := &b.Clocks[i]
		shown := importClock{State: c.State, StateName: p.StateOf(b.Kind, c.Promise, c.State), Stage: p.stage(b.Incident, c.Promise, c.Stage)}
		if !c.Due.IsZero() {
			shown.Due = phrase.Deadline(p.Lang, c.Due.In(p.Zone), p.Now)
		}
		row.Clocks = append(row.Clocks, shown)
	}
	return row
}

// channelName is the name of a channel; empty: none was given.
func (p *reader) channelName(channel string) string {
	if channel == "" {
		return ""
	}
	return phrase.Channel(p.Lang, channel)
}
