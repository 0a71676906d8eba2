package config

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"kigen/config/reading"
	"kigen/config/tree"
	"kigen/notify/destinations"
	"kigen/sla/phrase"
)

// environment converts "NAME=value" lines to a map.
func environment(environ []string) map[string]string {
	env := make(map[string]string, len(environ))
	for _, line := range environ {
		if name, value, ok := strings.Cut(line, "="); ok {
			env[name] = value
		}
	}
	return env
}

// override replaces values of the file with those of KIGEN_… variables, and with the
// content of files that KIGEN_…_FILE variables name. Only single values can be
// overridden: top-level ones, those of report, log, heartbeat and backup, and those of
// destinations in the file. An empty variable counts as unset, because container
// templates often define empty ones.
func override(root *tree.Node, env map[string]string) tree.Invalid {
	o := overrider{env: env}
	for _, v := range topVariables() {
		o.value(root, v.key, v.variable)
	}
	for _, s := range sectionVariables() {
		o.section(root, s.name, s.keys...)
	}
	if all := root.Get("destinations"); all != nil {
		for _, destination := range all.Fields {
			o.destination(destination.Key, destination.Value)
		}
	}
	return o.problems
}

// topVariable is a variable that overrides a top-level key.
type topVariable struct{ key, variable string }

func topVariables() []topVariable {
	return []topVariable{
		{"listen", "KIGEN_LISTEN"}, {"database", "KIGEN_DATABASE"},
		{"timezone", "KIGEN_TIMEZONE"}, {"language", "KIGEN_LANGUAGE"},
		// Not KIGEN_URL, which is the daemon's address for kigen's commands.
		{"url", "KIGEN_BASE_URL"},
	}
}

// sectionVariable is a section whose keys can be overridden, such as
// report.schedule by KIGEN_REPORT_SCHEDULE. A dot separates a section from one inside.
type sectionVariable struct {
	name string
	keys []string
}

func sectionVariables() []sectionVariable {
	return []sectionVariable{
		{"report", []string{"schedule", "language"}},
		{"log", []string{"format", "level"}},
		{"heartbeat", []string{"url", "every"}},
		{"backup", []string{"schedule", "dir", "keep", "age_recipient"}},
		{"record", []string{"schedule"}},
		{"audit.webhook", []string{"url", "secret"}},
		{"retention", []string{"access_log", "evidence"}},
		{"tls", []string{"cert", "key"}},
		{"oidc", []string{"issuer", "client_id", "client_secret"}},
	}
}

func variableName(words ...string) string {
	return "KIGEN_" + strings.ToUpper(strings.ReplaceAll(strings.Join(words, "_"), ".", "_"))
}

// Variables lists the environment variables that override the configuration, in the
// order of the file. NAME stands for a destination's name. Each variable also exists
// with the suffix _FILE, which names a file with the value.
func Variables() []string {
	var names []string
	for _, v := range topVariables() {
		names = append(names, v.variable)
	}
	for _, s := range sectionVariables() {
		for _, key := range s.keys {
			names = append(names, variableName(s.name, key))
		}
	}
	names = append(names, variableName("destinations", "NAME", "fallback"))
	for _, kind := range destinations.Kinds() {
		for _, key := range kindKeysOf(&kind) {
			names = append(names, variableName("destinations", "NAME", kind.Name, key))
		}
	}
	return names
}

type overrider struct {
	env      map[string]string
	problems tree.Invalid
}

// section overrides single values of a section and creates the section if needed.
func (o *overrider) section(root *tree.Node, name string, keys ...string) {
	for _, key := range keys {
		variable := variableName(name, key)
		if o.env[variable]+o.env[variable+"_FILE"] != "" {
			o.value(sectionOf(root, name), key, variable)
		}
	}
}

// sectionOf returns the section with a name, which is created if needed.
func sectionOf(root *tree.Node, name string) *tree.Node {
	at := root
	for word := range strings.SplitSeq(name, ".") {
		if at.Get(word) == nil {
			at.Set(word, &tree.Node{Kind: tree.Object, File: root.File, Path: tree.Dotted(at.Path, word)})
		}
		at = at.Get(word)
	}
	return at
}

var notEnvironment = regexp.MustCompile(`[^A-Z0-9]`)

// destination overrides, for example, the token of {soc: {slack: …}} by
// KIGEN_DESTINATIONS_SOC_SLACK_TOKEN.
func (o *overrider) destination(name string, destination *tree.Node) {
	prefix := "KIGEN_DESTINATIONS_" + notEnvironment.ReplaceAllString(strings.ToUpper(name), "_")
	if destination.Kind == tree.Object {
		o.value(destination, "fallback", prefix+"_FALLBACK")
	}
	for _, kind := range destinations.Kinds() {
		kindNode := destination.Get(kind.Name)
		if kindNode == nil || kindNode.Kind != tree.Object {
			continue
		}
		for _, key := range kindKeysOf(&kind) {
			o.value(kindNode, key, prefix+"_"+strings.ToUpper(kind.Name+"_"+key))
		}
	}
}

// value overrides a key of an object by a variable, or by the content of the file
// that a second variable names.
func (o *overrider) value(parent *tree.Node, key, name string) {
	value, path := o.env[name], o.env[name+"_FILE"]
	switch {
	case value == "" && path == "":
		return
	case value != "" && path != "":
		o.refuse(name, tree.Dotted(parent.Path, key), "", fmt.Sprintf("is set as well as %s_FILE: unset one of them", name))
		return
	case path != "":
		name += "_FILE"
		data, err := reading.ReadFile(path)
		if err != nil {
			o.refuse(name, tree.Dotted(parent.Path, key), path, fmt.Sprintf("can't be read: %v: name a readable file", err))
			return
		}
		var fault string
		if value, fault = secretOf(string(data)); fault != "" {
			o.refuse(name, tree.Dotted(parent.Path, key), path, fault)
			return
		}
	}
	parent.Set(key, &tree.Node{
		Kind: tree.Scalar, Text: value, Raw: value, Tag: "!!str", File: name, Path: tree.Dotted(parent.Path, key),
	})
}

// secretOf returns the value in the content of a file, without a byte order mark and
// blanks around it, which editors add. A line break or another control character
// inside is a fault: no value has one.
func secretOf(content string) (value, fault string) {
	value = strings.TrimSpace(strings.TrimPrefix(content, "\ufeff"))
	switch {
	case value == "":
		return "", "is empty: write the value into the file"
	case !utf8.ValidString(value):
		return "", "is not UTF-8: save the file as UTF-8"
	case strings.ContainsFunc(value, func(r rune) bool { return phrase.BreaksLine(r) || r == '\ufeff' }):
		return "", "has several lines or a control character: write the value on one line"
	}
	return value, ""
}

func (o *overrider) refuse(name, fieldPath, value, message string) {
	o.problems = append(o.problems, tree.Problem{File: name, Field: fieldPath, Value: value, Message: message})
}
