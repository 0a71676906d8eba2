package about

import (
	"net/http"

	template "github.com/DataDog/datadog-agent/pkg/template/html"

	"kigen/cmd/kigen/docs"
	"kigen/cmd/kigen/internal/web/frame"
)

// helpView is a page of documentation with the list of topics.
type helpView struct {
	Topics []frame.Choice
	Title  string
	Text   template.HTML // without the title
}

// help shows the topic in the address, or the first topic without one.
func (p *reader) help(w http.ResponseWriter) {
	topic := p.R.PathValue("topic")
	if topic == "" {
		topic = docs.Topics()[0]
	}
	doc, ok := docs.Read(p.Lang, topic)
	if !ok {
		p.Missing(w)
		return
	}
	text, err := doc.HTML(p.Base + "/help")
	if err != nil {
		p.Fail(w, err)
		return
	}
	view := helpView{Topics: p.topics(topic), Title: doc.Title, Text: text}
	p.Render(w, http.StatusOK, "help", frame.Page{Title: doc.Title, Nav: "help", Main: view})
}

// topics lists the pages of the documentation, the words first.
func (p *reader) topics(chosen string) []frame.Choice {
	list := []frame.Choice{{Value: "/help/" + wordsTopic, Text: p.Say("words_title"), Chosen: chosen == wordsTopic}}
	for _, name := range docs.Topics() {
		if doc, ok := docs.Read(p.Lang, name); ok {
			list = append(list, frame.Choice{Value: "/help/" + name, Text: doc.Title, Chosen: name == chosen})
		}
	}
	return list
}
