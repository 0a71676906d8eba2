package ledger

import (
	"slices"

	yaml "go.yaml.in/yaml/v4"

	"kigen/cmd/kigen/internal/registry"
	"kigen/config"
	"kigen/config/tree"
	"kigen/sla/phrase/localizer"
	"kigen/sla/register"
)

// YAML writes whole entries under vendors:, as the configuration file has them; all if no
// vendor is named.
func YAML(r *registry.Registry, vendors []string) ([]byte, error) {
	list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	for _, v := range r.Config.Catalogue {
		if len(vendors) == 0 || slices.Contains(vendors, v.ID) {
			list.Content = append(list.Content, r.Config.Definition(v.ID).YAML())
		}
	}
	key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "vendors"}
	text, err := registry.Written(&yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{key, list}})
	return []byte(text), err
}

// entries plans the vendors of a YAML file: a list under vendors:, or one entry.
func (p *planner) entries(data []byte) {
	root, mistakes := tree.Parse("", data, nil)
	for _, m := range mistakes {
		p.fault(m.Line, m.Field, m.Value, localizer.Messagef("%s", func(lang string) string { return localizer.Sentence(lang, m.Message) }))
	}
	if len(mistakes) > 0 {
		return
	}
	items := []*tree.Node{root}
	if vendors := root.Get("vendors"); vendors != nil {
		items = vendors.Entries()
		for _, key := range root.Names() {
			if key != "vendors" {
				p.fault(root.Field(key).Line, key, "", localizer.Messagef("is no part of the register: leave only vendors"))
			}
		}
	}
	if len(items) == 0 || root.Get("vendors") == nil && root.Get("id") == nil {
		p.fault(1, "vendors", "", localizer.Messagef("names no vendor: write a list under vendors, or one entry that begins with id"))
		return
	}
	for _, n := range items {
		p.entry(n)
	}
}

// entry plans one vendor.
func (p *planner) entry(n *tree.Node) {
	id := ""
	if n.Get("id") != nil {
		id = n.Get("id").Text
	}
	newest, ok := p.begin(n.Line, id)
	if !ok {
		return
	}
	c := Change{Vendor: id, Line: n.Line, Base: newest.Number}
	now := p.r.Config.Definition(id)
	c.New = now == nil
	elsewhere := now != nil && p.r.Config.Register[id].Kept != register.KeptInRegister
	for _, key := range n.Names() {
		if now != nil && now.Get(key) != nil && n.Get(key) != nil && now.Get(key).Plain() == n.Get(key).Plain() {
			continue
		}
		c.Fields = append(c.Fields, key)
		if elsewhere && !config.EntryKey(key) {
			p.fault(n.Field(key).Line, key, "", localizer.Messagef("is kept outside of the register: change it in the configuration file; the register can hold owner, contacts, contract and mail of this vendor"))
		}
	}
	for _, key := range now.Names() {
		if n.Field(key) == nil && (!elsewhere || config.EntryKey(key)) {
			c.Fields = append(c.Fields, key)
		}
	}
	if len(c.Fields) == 0 {
		return
	}
	if elsewhere {
		own := *n
		own.Fields = slices.DeleteFunc(slices.Clone(n.Fields), func(f tree.Field) bool { return !config.EntryKey(f.Key) })
		n = &own
	}
	var err error
	if c.Text, err = registry.Written(n.YAML()); err != nil {
		p.err = err
		return
	}
	p.changes = append(p.changes, c)
}
