package config

import (
	"fmt"
	"regexp"
	"strings"
)

// environment turns "NAME=value" lines into a map.
func environment(environ []string) map[string]string {
	env := make(map[string]string, len(environ))
	for _, line := range environ {
		if name, value, ok := strings.Cut(line, "="); ok {
			env[name] = value
		}
	}
	return env
}

// override puts the values of KIGEN_… variables, and of the files that
// KIGEN_…_FILE variables name, in place of what the file says. Only single
// values can be overridden: the top-level ones, those of report, heartbeat and
// backup, and those of the destinations that the file defines. An empty variable counts
// as unset, because templates of container set-ups leave such behind.
func override(root *node, env map[string]string) Invalid {
	o := overrider{env: env}
	// Not KIGEN_URL: that one tells kigen's own commands which daemon to ask.
	o.value(root, "url", "KIGEN_BASE_URL")
	for _, key := range []string{"listen", "database", "timezone", "language"} {
		o.value(root, key, "KIGEN_"+strings.ToUpper(key))
	}
	o.section(root, "report", "schedule", "language")
	o.section(root, "heartbeat", "url", "every")
	o.section(root, "backup", "schedule", "dir", "keep")
	o.section(root, "tls", "cert", "key")
	o.section(root, "oidc", "issuer", "client_id", "client_secret")
	if destinations := root.get("destinations"); destinations != nil {
		for _, destination := range destinations.fields {
			o.destination(destination.key, destination.value)
		}
	}
	return o.problems
}

type overrider struct {
	env      map[string]string
	problems Invalid
}

// section overrides single values of a section, which is made where only the
// environment asks for it.
func (o *overrider) section(root *node, name string, keys ...string) {
	section := root.get(name)
	for _, key := range keys {
		variable := "KIGEN_" + strings.ToUpper(name+"_"+key)
		if o.env[variable]+o.env[variable+"_FILE"] == "" {
			continue
		}
		if section == nil {
			section = &node{kind: object, file: root.file, path: name}
			root.set(name, section)
		}
		o.value(section, key, variable)
	}
}

var notEnvironment = regexp.MustCompile(`[^A-Z0-9]`)

// destination overrides, say, the token of {soc: {slack: …}} by
// KIGEN_DESTINATIONS_SOC_SLACK_TOKEN.
func (o *overrider) destination(name string, destination *node) {
	prefix := "KIGEN_DESTINATIONS_" + notEnvironment.ReplaceAllString(strings.ToUpper(name), "_")
	if destination.kind == object {
		o.value(destination, "fallback", prefix+"_FALLBACK")
	}
	for kindName, keys := range destinationKeys() {
		kindNode := destination.get(kindName)
		if kindNode == nil || kindNode.kind != object {
			continue
		}
		for _, key := range keys {
			o.value(kindNode, key, prefix+"_"+strings.ToUpper(kindName+"_"+key))
		}
	}
}

// value overrides one key of an object by a variable or by the content of the
// file that a second variable names.
func (o *overrider) value(parent *node, key, name string) {
	value, path := o.env[name], o.env[name+"_FILE"]
	switch {
	case value == "" && path == "":
		return
	case value != "" && path != "":
		o.refuse(name, dotted(parent.path, key), "", fmt.Sprintf("is set as well as %s_FILE: unset one of them", name))
		return
	case path != "":
		name += "_FILE"
		data, err := readFile(path)
		if err != nil {
			o.refuse(name, dotted(parent.path, key), path, fmt.Sprintf("can't be read: %v: name a readable file", err))
			return
		}
		value = strings.TrimRight(string(data), "\r\n")
	}
	parent.set(key, &node{
		kind: scalar, text: value, raw: value, tag: "!!str", file: name, path: dotted(parent.path, key),
	})
}

func (o *overrider) refuse(name, fieldPath, value, message string) {
	o.problems = append(o.problems, Problem{File: name, Field: fieldPath, Value: value, Message: message})
}
