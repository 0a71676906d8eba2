package slackapp

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"kigen/sla/prose"
	"kigen/sla/tracker"
	"kigen/sla/when"
)

// Callback ids of the forms; Slack returns them with the submitted form.
const (
	formLog    = "kigen_form_log"
	formNotice = "kigen_form_notice"
	formSnooze = "kigen_form_snooze"

	formDismiss = "kigen_form_dismiss"
)

// Slack's limits of a form.
const (
	longestOption = 75
	mostOptions   = 100  // options in a list, and in one group of a list
	longestInput  = 3000 // characters in a text field
	longestLine   = 300  // characters in a one-line value
	// longestProblem keeps an acknowledgement below 20 kB even with one problem
	// per field: Slack silently drops a longer one.
	longestProblem = 300
)

// form is a submitted form. A field and its block share one id, which is the
// API's field name.
type form struct{ view *slack.View }

func (f form) value(field string) string {
	if f.view.State == nil {
		return ""
	}
	at := f.view.State.Values[field][field]
	if at.SelectedOption.Value != "" {
		return at.SelectedOption.Value
	}
	return strings.TrimSpace(at.Value)
}

// times reads several times and collects their problems, and notes on those
// that were read with an assumption.
type times struct {
	app     *App
	invalid tracker.Invalid
	notes   []string
}

// read reads one field; an empty field is the zero time.
func (t *times) read(field, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	read, err := when.Parser{Now: t.app.Now(), Zone: t.app.Zone}.Time(text)
	if err != nil {
		t.invalid = append(t.invalid, tracker.BadTime(field, text, err))
		return time.Time{}
	}
	t.notes = append(t.notes, t.app.noteOf(field, text, read)...)
	return read.At
}

// noteOf explains how a time was read if the answer, which shows it with its
// zone, leaves that open: which day it is, or which of two instants.
func (a *App) noteOf(field, text string, read when.Time) []string {
	if read.Assumed&^when.NoZone == 0 && read.Second.IsZero() {
		return nil
	}
	return []string{a.texts.say("read_as", blanks{
		"Name": a.label(field), "Text": escaped(cut(text, longestLine)), "Read": escaped(read.Echo(a.Lang)),
	})}
}

// modal builds a form; nil blocks are left out.
func (a *App) modal(name string, from origin, title, submit string, blocks ...slack.Block) slack.ModalViewRequest {
	memory, err := json.Marshal(from)
	if err != nil {
		panic("slackapp: " + err.Error()) // a struct of strings and numbers always marshals
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: name, PrivateMetadata: string(memory),
		Title: plain(a.texts.say(title, nil)), Submit: plain(a.texts.say(submit, nil)), Close: plain(a.texts.say("close", nil)),
		Blocks: slack.Blocks{BlockSet: slices.DeleteFunc(blocks, func(b slack.Block) bool { return b == nil })},
	}
}

// label is the label of a field; an unknown field is its own.
func (a *App) label(field string) string {
	if label, ok := prose.FieldLabel(a.Lang, field); ok {
		return label
	}
	if a.texts.Has("label_" + field) {
		return a.texts.say("label_"+field, nil)
	}
	return field
}

// input builds one field with its label and, if the locale has one, its hint.
func (a *App) input(field string, optional bool, element slack.BlockElement) slack.Block {
	return a.inputAs(a.label(field), field, optional, element)
}

func (a *App) inputAs(label, field string, optional bool, element slack.BlockElement) slack.Block {
	block := slack.NewInputBlock(field, plain(label), nil, element)
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

// line builds a field for one line of text.
func line(field, initial string, longest int) *slack.PlainTextInputBlockElement {
	element := slack.NewPlainTextInputBlockElement(nil, field)
	element.InitialValue, element.MaxLength = cut(initial, longest), longest
	return element
}

// choice is an option of a list.
type choice struct{ value, text string }

// list builds a selection field; chosen may be empty.
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

// groups splits a list that exceeds Slack's limit into named groups.
func groups(options []*slack.OptionBlockObject) []*slack.OptionGroupBlockObject {
	var groups []*slack.OptionGroupBlockObject
	for piece := range slices.Chunk(options, mostOptions) {
		name := cut(piece[0].Text.Text, longestOption/2-2) + " – " + cut(piece[len(piece)-1].Text.Text, longestOption/2-2)
		groups = append(groups, slack.NewOptionGroupBlockElement(plain(name), piece...))
	}
	return groups
}

// atFields assigns each problem to its form field. fields maps the problem's
// field to the form's where the names differ; a problem without a form field
// goes to the first one.
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

func inputs(view *slack.View) []string {
	var fields []string
	for _, block := range view.Blocks.BlockSet {
		if input, ok := block.(*slack.InputBlock); ok {
			fields = append(fields, input.BlockID)
		}
	}
	if len(fields) == 0 {
		fields = []string{""} // not a form of this app: Slack shows no error then
	}
	return fields
}
