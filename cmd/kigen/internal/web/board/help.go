package board

import (
	"html/template"
	"net/http"

	"kigen/cmd/kigen/docs"
)

// helpView is a page of documentation with the list of topics.
type helpView struct {
	Topics []choice
	Title  string
	Text   template.HTML // without the title
}

// help shows the topic in the address, or the first topic without one.
func (p *reader) help(w http.ResponseWriter) {
	topic := p.r.PathValue("topic")
	if topic == "" {
		topic = docs.Topics()[0]
	}
	doc, ok := docs.Read(p.lang, topic)
	if !ok {
		p.missing(w)
		return
	}
	text, err := doc.HTML(p.Base + "/help")
	if err != nil {
		p.fail(w, err)
		return
	}
	view := helpView{Title: doc.Title, Text: text}
	for _, name := range docs.Topics() {
		if other, ok := docs.Read(p.lang, name); ok {
			view.Topics = append(view.Topics, choice{Value: "/help/" + name, Text: other.Title, Chosen: name == topic})
		}
	}
	p.render(w, http.StatusOK, "help", page{Title: doc.Title, Nav: "help", Main: view})
}
