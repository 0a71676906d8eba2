package board

import "net/url"

// boardParameters select what the board shows. Nothing else is taken from a way back,
// so that it leads nowhere but to the board.
var boardParameters = [...]string{"vendor", "state", "severity", "kind", "owner", "month", "q", "sort", "cursor"}

// filterOf keeps the parameters of the board.
func filterOf(query url.Values) url.Values {
	kept := url.Values{}
	for _, name := range boardParameters {
		if value := query.Get(name); value != "" {
			kept.Set(name, value)
		}
	}
	return kept
}

// back is the filter of the board from which the reader came, as the address of an
// incident's page and of its forms holds it.
func (p *reader) back() url.Values {
	filter, err := url.ParseQuery(p.R.URL.Query().Get("back"))
	if err != nil {
		return nil
	}
	return filterOf(filter)
}

// backQuery carries a filter along in an address; empty: there is none.
func backQuery(filter url.Values) string {
	if len(filter) == 0 {
		return ""
	}
	return "?" + url.Values{"back": {filter.Encode()}}.Encode()
}
