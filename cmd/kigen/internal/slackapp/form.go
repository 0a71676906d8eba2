package slackapp

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"kigen/sla/tracker"
)

// The names of the forms, by which Slack hands them back.
const (
	formLog    = "kigen_form_log"
	formNotice = "kigen_form_notice"
	formSnooze = "kigen_form_snooze"
)

// Slack's limits of a form.
const (
	longestOption = 75
	mostOptions   = 100  // of a list, and of one group of a list
	longestInput  = 3000 // of a text field
	longestLine   = 300  // of what belongs in one line
	// longestProblem keeps an acknowledgement below 20 kB even with one at each
	// field: Slack drops a longer one without a word.
	longestProblem = 300
)

// form is a form that was filled in: what stands at each field. A field and
// its block have the same name, which is the API's.
type form struct{ view *slack.View }

func (f form) text(field string) string {
	if f.view.State == nil {
		return ""
	}
	at := f.view.State.Values[field][field]
	if at.SelectedOption.Value != "" {
		return at.SelectedOption.Value
	}
	return strings.TrimSpace(at.Value)
}

// times reads several times and gathers what is wrong with them.
type times struct {
	zone    *time.Location
	invalid tracker.Invalid
}

// read reads one field; an empty one is the zero time.
func (t *times) read(field, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	at, err := tracker.ParseTime(narrow(text), t.zone)
	if err != nil {
		t.invalid = append(t.invalid, tracker.BadTime(field, text, err))
	}
	return at
}

// modal makes a form, without the fields that are nil.
func (a *App) modal(name string, from origin, title, submit string, blocks ...slack.Block) slack.ModalViewRequest {
	memory, err := json.Marshal(from)
	if err != nil {
		panic("slackapp: " + err.Error()) // three strings
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: name, PrivateMetadata: string(memory),
		Title: plain(a.words.say(title, nil)), Submit: plain(a.words.say(submit, nil)), Close: plain(a.words.say("close", nil)),
		Blocks: slack.Blocks{BlockSet: slices.DeleteFunc(blocks, func(b slack.Block) bool { return b == nil })},
	}
}

// input is one field with its label and, where the wording has one, its hint.
func (a *App) input(field string, optional bool, element slack.BlockElement) slack.Block {
	return a.inputAs("label_"+field, field, optional, element)
}

func (a *App) inputAs(label, field string, optional bool, element slack.BlockElement) slack.Block {
	block := slack.NewInputBlock(field, plain(a.words.say(label, nil)), nil, element)
	block.Optional = optional
	return block
}

// hinted adds a hint below a field.
func hinted(block slack.Block, hint string) slack.Block {
	if input, ok := block.(*slack.InputBlock); ok {
		input.Hint = plain(hint)
	}
	return block
}

// line is a field for one line of text.
func line(field, initial string, longest int) *slack.PlainTextInputBlockElement {
	element := slack.NewPlainTextInputBlockElement(nil, field)
	element.InitialValue, element.MaxLength = cut(initial, longest), longest
	return element
}

// choice is an entry of a list.
type choice struct{ value, text string }

// list is a field to choose from a list; chosen may be empty.
func list(field, chosen string, choices []choice) *slack.SelectBlockElement {
	options := make([]*slack.OptionBlockObject, len(choices))
	var initial *slack.OptionBlockObject
	for i, c := range choices {
		options[i] = slack.NewOptionBlockObject(c.value, plain(cut(c.text, longestOption)), nil)
		if c.value == chosen {
			initial = options[i]
		}
	}
	element := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, field, options...)
	if len(options) > mostOptions {
		element = slack.NewOptionsGroupSelectBlockElement(slack.OptTypeStatic, nil, field, groups(options)...)
	}
	element.InitialOption = initial
	return element
}

// groups cuts a list that is longer than Slack takes into named pieces.
func groups(options []*slack.OptionBlockObject) []*slack.OptionGroupBlockObject {
	var groups []*slack.OptionGroupBlockObject
	for piece := range slices.Chunk(options, mostOptions) {
		name := cut(piece[0].Text.Text, longestOption/2-2) + " – " + cut(piece[len(piece)-1].Text.Text, longestOption/2-2)
		groups = append(groups, slack.NewOptionGroupBlockElement(plain(name), piece...))
	}
	return groups
}

// atFields puts each problem at the field that can mend it. fields maps the
// problem's field to the form's where the names differ; what no field can mend
// stands at the first one.
func (a *App) atFields(invalid tracker.Invalid, view *slack.View, fields map[string]string) map[string]string {
	shown := inputs(view)
	errors := map[string]string{}
	for _, p := range invalid {
		at := p.Field
		if other, ok := fields[at]; ok {
			at = other
		}
		if !slices.Contains(shown, at) {
			at = shown[0]
		}
		if errors[at] != "" {
			errors[at] += "\n"
		}
		errors[at] = cut(errors[at]+p.In(a.Lang), longestProblem)
	}
	return errors
}

// inputs lists the fields of a form, in order.
func inputs(view *slack.View) []string {
	var fields []string
	for _, block := range view.Blocks.BlockSet {
		if input, ok := block.(*slack.InputBlock); ok {
			fields = append(fields, input.BlockID)
		}
	}
	if len(fields) == 0 {
		fields = []string{""} // no form of ours; Slack shows nothing then
	}
	return fields
}
