package about

import (
	"net/http"

	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
)

// wordsView explains the words of the pages.
type wordsView struct {
	Topics                     []frame.Choice
	States, Strengths, Moments []wordView
}

// wordView is a word with its sign, if it has one, and its meaning.
type wordView struct {
	State         sla.State // selects sign and colour
	Name, Meaning string
}

// wordsTopic is the name of the page of words among the topics of the documentation.
const wordsTopic = "words"

// words shows each state, strength and moment as the other pages write it.
func (p *reader) words(w http.ResponseWriter) {
	view := wordsView{Topics: p.topics(wordsTopic)}
	for _, state := range sla.States {
		view.States = append(view.States, wordView{state, p.StateName(state), phrase.Meaning(p.Lang, "state", string(state))})
	}
	view.States = append(view.States, wordView{
		State: sla.Late, Name: p.VerdictName("not_provable"), Meaning: phrase.Meaning(p.Lang, "verdict", "not_provable"),
	})
	for _, strength := range sla.Strengths {
		view.Strengths = append(view.Strengths, wordView{
			Name: phrase.Capital(p.Word("strength", string(strength))), Meaning: phrase.Meaning(p.Lang, "strength", string(strength)),
		})
	}
	for _, m := range sla.EnteredMoments() {
		view.Moments = append(view.Moments, wordView{Name: prose.MomentLabel(p.Lang, m), Meaning: phrase.Meaning(p.Lang, "moment", m.String())})
	}
	p.Render(w, http.StatusOK, "words", frame.Page{Title: p.Say("words_title"), Nav: "help", Main: view})
}
