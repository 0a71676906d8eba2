package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/web/api"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/prose"
)

func (a *app) vendorCommand() *cobra.Command {
	return group("vendor", "Show vendors and their promises / ベンダーと約束を見る", a.vendorListCommand(), a.vendorShowCommand(), a.vendorProfileCommand())
}

func (a *app) vendorListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List vendors / ベンダーを一覧する", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadHere(cmd)
			if err != nil {
				return err
			}
			if asJSON {
				vendors := make([]any, len(c.Catalogue))
				for i, v := range c.Catalogue {
					vendors[i] = api.Vendor(v)
				}
				return printJSON(a, vendors)
			}
			return a.printVendors(a.lang(c), c.Catalogue)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

func printJSON(a *app, v any) error {
	encoder := json.NewEncoder(a.out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

func (a *app) printVendors(lang string, vendors sla.Catalogue) error {
	var t table
	t.add("ID", say(lang, "起算", "COUNTS FROM"), say(lang, "区分", "STRENGTH"), say(lang, "名称", "NAME"), say(lang, "期限の規則", "RULE"))
	for _, v := range vendors {
		for _, p := range v.Promises {
			start := "–"
			if p.Commits() {
				start = prose.PromiseStart(lang, p)
			}
			t.add(v.ID, start, strengthText(lang, p.Strength), v.Name.In(lang), rulesText(lang, p))
		}
	}
	return t.print(a.out)
}

// rulesText writes the promise's rule, or one per stage.
func rulesText(lang string, p *sla.Promise) string {
	var rules []string
	for _, stage := range p.AllStages() {
		rule := prose.Rule(lang, &stage.Due)
		if stage.After != "" {
			rule = fmt.Sprintf(say(lang, "「%s」の通知から%s", "%[2]s from the notice %[1]s"), stage.After, rule)
		}
		if stage.Every {
			rule = fmt.Sprintf(say(lang, "%sごと", "every %s"), rule)
		}
		if stage.ID != "" {
			rule = stage.ID + ": " + rule
		}
		rules = append(rules, rule)
	}
	return strings.Join(rules, "; ")
}

func (a *app) vendorShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show VENDOR", Short: "Show a vendor's promises with their clauses / 約束と条文を見る", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadHere(cmd)
			if err != nil {
				return err
			}
			v, err := vendorNamed(c.Catalogue, args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(a, api.Vendor(v))
			}
			if err := a.printVendor(a.lang(c), v); err != nil {
				return err
			}
			return a.printVendorImports(c, v)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func vendorNamed(catalogue sla.Catalogue, id string) (*sla.Vendor, error) {
	v, known := catalogue.Vendor(id)
	if !known {
		return nil, badInput(fmt.Errorf("VENDOR %q: %s", id, catalogue.Unknown(id).En))
	}
	return v, nil
}

func (a *app) printVendor(lang string, v *sla.Vendor) error {
	var t table
	t.add(say(lang, "ベンダー", "vendor"), v.Name.In(lang)+" ("+v.ID+")")
	t.add(say(lang, "サービス", "services"), strings.Join(v.Services, say(lang, "、", ", ")))
	if v.Contact != "" {
		t.add(say(lang, "連絡先", "contact"), v.Contact)
	}
	if err := t.print(a.out); err != nil {
		return err
	}
	for _, p := range v.Promises {
		fmt.Fprintln(a.out)
		if err := promiseTable(lang, p).print(a.out); err != nil {
			return err
		}
	}
	return nil
}

// printVendorImports lists this year's and next year's days on which iCalendar
// files close the vendor's calendars.
func (a *app) printVendorImports(c *config.Config, v *sla.Vendor) error {
	year := a.now().In(c.Timezone).Year()
	var shown []string
	for _, p := range v.Promises {
		id := p.Calendar.ID()
		if slices.Contains(shown, id) || len(c.Imported[id]) == 0 {
			continue
		}
		shown = append(shown, id)
		soon := slices.DeleteFunc(slices.Clone(c.Imported[id]), func(i config.Import) bool { return i.To.Year() < year || i.From.Year() > year+1 })
		fmt.Fprintln(a.out)
		if err := a.printImported(a.lang(c), id, soon); err != nil {
			return err
		}
	}
	return nil
}

func promiseTable(lang string, p *sla.Promise) *table {
	t := &table{}
	name := p.ID
	if text := p.Name.In(lang); text != "" {
		name += " " + text
	}
	t.add(say(lang, "約束", "promise"), name)
	t.add(say(lang, "条文", "clause"), prose.Citation(lang, &p.Source))
	if p.From != 0 || p.To != 0 {
		t.add(say(lang, "有効期間", "in force"), dateOrOpen(p.From.String(), p.From == 0)+" – "+dateOrOpen(p.To.String(), p.To == 0))
	}
	t.add(say(lang, "区分", "strength"), strengthText(lang, p.Strength))
	if p.Commits() {
		t.add(say(lang, "起算", "counts from"), prose.PromiseStart(lang, p))
	}
	if gate := gateText(&p.Gate); gate != "" {
		t.add(say(lang, "対象", "applies to"), gate)
	}
	t.add(say(lang, "規則", "rule"), rulesText(lang, p))
	if len(p.Channels.Any)+len(p.Channels.All) > 0 {
		t.add(say(lang, "通知手段", "channels"), channelsText(lang, &p.Channels))
	}
	for _, r := range p.Readings {
		label := say(lang, "別の解釈", "other reading")
		if r.ID == p.Reading {
			label = say(lang, "採用した解釈", "reading used")
		}
		t.add(label, r.ID+": "+r.Says.In(lang))
	}
	if closures := p.Calendar.Unpublished().In(lang); closures != "" {
		t.add(say(lang, "未公表の休業日", "unpublished"), closures)
	}
	return t
}

// gateText lists the facts for which a promise applies; empty: all.
func gateText(g *sla.Gate) string {
	var parts []string
	for _, part := range []struct{ fact, values string }{
		{"impact", join(g.Impact)}, {"scope", join(g.Scope)}, {"severity", join(g.Severity)},
	} {
		if part.values != "" {
			parts = append(parts, part.fact+": "+part.values)
		}
	}
	return strings.Join(parts, "; ")
}

// channelsText lists the channels by which a notice counts.
func channelsText(lang string, ch *sla.Channels) string {
	if len(ch.All) > 0 {
		return strings.Join(ch.All, " + ") + say(lang, "(すべて)", " (all of them)")
	}
	return strings.Join(ch.Any, ", ")
}

func dateOrOpen(date string, open bool) string {
	if open {
		return ""
	}
	return date
}
