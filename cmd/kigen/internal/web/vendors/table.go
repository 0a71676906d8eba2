package vendors

import (
	"net/http"
	"slices"
	"strings"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla"
	"kigen/sla/register"
)

// contractSoon is how many days before its end a contract is marked.
const contractSoon = 60

// vendorsView is the page of all vendors: the register, or the comparison of their promises.
type vendorsView struct {
	Compared bool // the comparison is shown
	Writes   bool // entries can be added
	Rows     []tableRow
	Waiting  []waitingDraft // of vendors that are not in force
	Import   *importView    // what a file changes; nil: none was read
	Worth    worthView
	Vendors  []vendorPage
}

// tableRow is a vendor in the register.
type tableRow struct {
	ID, Name, Owner string
	Services        []string
	Contract        contractView
	Promises        []promiseCount
	Uncovered       []string // services without a promise about incidents
	None            bool     // nothing is promised about incidents at all
	Reviewed, Next  string
	Overdue         bool // the next review
	Kept            string
	Version         int
	Draft           string   // who saved one, and when
	Refused         []string // why the published entry is not in force
}

// contractView is the time of a contract.
type contractView struct {
	From, To string
	Mark     string // it is over, or ends soon
	Tone     string // of the mark, as of a state
}

// promiseCount is how many promises there are about a kind.
type promiseCount struct {
	Kind string
	N    int
}

// waitingDraft is a draft, or a refused entry, of a vendor that is not in force.
type waitingDraft struct {
	ID, Draft string
	Refused   []string
}

func (p *reader) vendors(w http.ResponseWriter) {
	view := vendorsView{Compared: p.R.URL.Query().Get("view") == "waits", Writes: p.Register != nil}
	if view.Compared {
		view.Worth = p.worth()
		for _, v := range p.Catalogue {
			view.Vendors = append(view.Vendors, p.vendorPage(v))
		}
	} else if err := p.fillTable(&view); err != nil {
		p.Fail(w, err)
		return
	}
	p.Render(w, http.StatusOK, "vendors", frame.Page{Title: p.Say("vendors_title"), Nav: "vendors", Main: view})
}

// fillTable reads the register once for all rows.
func (p *reader) fillTable(view *vendorsView) error {
	drafts, newest := map[string]*register.Draft{}, map[string]*register.Review{}
	if p.Register != nil {
		all, err := p.Register.Drafts(p.R.Context())
		if err != nil {
			return err
		}
		for i := range all {
			drafts[all[i].Vendor] = &all[i]
		}
		reviews, err := p.Register.Reviews(p.R.Context(), "")
		if err != nil {
			return err
		}
		for i := range reviews {
			if r := newest[reviews[i].Vendor]; r == nil || reviews[i].Number > r.Number {
				newest[reviews[i].Vendor] = &reviews[i]
			}
		}
	}
	for _, v := range p.Catalogue {
		view.Rows = append(view.Rows, p.tableRow(v, drafts[v.ID], newest[v.ID]))
		delete(drafts, v.ID)
	}
	slices.SortStableFunc(view.Rows, func(a, b tableRow) int { return strings.Compare(a.Name, b.Name) })
	view.Waiting = p.waiting(drafts)
	return nil
}

func (p *reader) tableRow(v *sla.Vendor, draft *register.Draft, review *register.Review) tableRow {
	e := p.entryOf(v.ID)
	row := tableRow{
		ID: v.ID, Name: v.Name.In(p.Lang), Owner: e.Owner, Services: v.Services, Contract: p.contract(e.Contract),
		Promises: p.promiseCounts(v), Kept: p.Say("register_kept_" + string(e.Kept)), Version: e.Version, Refused: p.refusedEntry(v.ID),
	}
	row.Uncovered, row.None = uncovered(v, p.today())
	if draft != nil {
		row.Draft = p.saved(draft)
	}
	if review != nil {
		row.Reviewed, row.Next = p.date(review.On), p.date(review.Next)
		row.Overdue = review.Next != 0 && review.Next < p.today()
	}
	return row
}

// waiting lists what is stored of vendors that are not in force.
func (p *reader) waiting(drafts map[string]*register.Draft) (list []waitingDraft) {
	if p.Register == nil {
		return nil
	}
	for id, d := range drafts {
		list = append(list, waitingDraft{ID: id, Draft: p.saved(d), Refused: p.refusedEntry(id)})
	}
	for id := range p.Register.Config.Refused {
		if _, inForce := p.Catalogue.Vendor(id); !inForce && drafts[id] == nil {
			list = append(list, waitingDraft{ID: id, Refused: p.refusedEntry(id)})
		}
	}
	slices.SortFunc(list, func(a, b waitingDraft) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// promiseCounts counts the promises of a vendor by kind. Versions of one promise count once.
func (p *reader) promiseCounts(v *sla.Vendor) (counts []promiseCount) {
	for _, kind := range v.Kinds() {
		ids := map[string]bool{}
		for _, promise := range v.About(kind) {
			ids[promise.ID] = true
		}
		counts = append(counts, promiseCount{Kind: p.Word("kind", string(kind)), N: len(ids)})
	}
	return counts
}

// uncovered lists the services for which no notice of incidents is promised.
func uncovered(v *sla.Vendor, day calendar.Date) (services []string, none bool) {
	for _, c := range register.Coverage(v, day) {
		switch {
		case c.Notice != register.PromisedNothing:
		case c.Service == "":
			none = true
		default:
			services = append(services, c.Service)
		}
	}
	return services, none
}

// entryOf is what is in force about a vendor beside its promises.
func (p *reader) entryOf(id string) register.Entry {
	e := register.Entry{Kept: register.KeptInFile}
	if p.Register != nil {
		if found, ok := p.Register.Config.Register[id]; ok {
			return found
		}
	}
	return e
}

func (p *reader) kept(id string) register.Keeper { return p.entryOf(id).Kept }

// refusedEntry says why the published entry of a vendor is not in force; none: it is.
func (p *reader) refusedEntry(id string) (reasons []string) {
	if p.Register == nil {
		return nil
	}
	for _, mistake := range p.Register.Config.Refused[id] {
		reasons = append(reasons, p.mistake(mistake.Line, mistake.Field, mistake.Value, mistake.Message))
	}
	return reasons
}

func (p *reader) today() calendar.Date { return calendar.NewDate(p.Now.In(p.Site.Zone).Date()) }

func dateText(d calendar.Date) string {
	if d == 0 {
		return ""
	}
	return d.String()
}
