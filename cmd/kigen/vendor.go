package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
)

func (a *app) vendorCommand() *cobra.Command {
	return group("vendor", "Who has promised what / ベンダーと約束を見る", a.vendorListCommand(), a.vendorShowCommand(), a.vendorProfileCommand())
}

func (a *app) vendorListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the vendors / 一覧する", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			if asJSON {
				vendors := make([]any, len(c.Catalogue))
				for i, v := range c.Catalogue {
					vendors[i] = web.Vendor(v)
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
	t.add("ID", say(lang, "起算", "COUNTS FROM"), say(lang, "強さ", "STRENGTH"), say(lang, "名称", "NAME"), say(lang, "期限の規則", "RULE"))
	for _, v := range vendors {
		for _, p := range v.Promises {
			start := "–"
			if p.Commits() {
				start = sla.MomentText(lang, p.Start.String())
			}
			t.add(v.ID, start, strengthText(lang, p.Strength), v.Name.In(lang), rulesText(p))
		}
	}
	return t.print(a.out)
}

// rulesText writes the promise's rule, or one for each stage.
func rulesText(p *sla.Promise) string {
	var rules []string
	for _, stage := range p.Duties() {
		rule := stage.Due.String()
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
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			v, err := vendorNamed(c.Catalogue, args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(a, web.Vendor(v))
			}
			return a.printVendor(a.lang(c), v)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func vendorNamed(catalogue sla.Catalogue, id string) (*sla.Vendor, error) {
	v, known := catalogue.Vendor(id)
	if !known {
		return nil, badInput(fmt.Errorf("VENDOR %q: is not known: use one of %s", id, strings.Join(catalogue.IDs(), ", ")))
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

func promiseTable(lang string, p *sla.Promise) *table {
	t := &table{}
	name := p.ID
	if text := p.Name.In(lang); text != "" {
		name += " " + text
	}
	t.add(say(lang, "約束", "promise"), name)
	t.add(say(lang, "条文", "clause"), p.Source.Citation(lang))
	if p.From != 0 || p.To != 0 {
		t.add(say(lang, "有効期間", "in force"), dateOrOpen(p.From.String(), p.From == 0)+" – "+dateOrOpen(p.To.String(), p.To == 0))
	}
	t.add(say(lang, "強さ", "strength"), strengthText(lang, p.Strength))
	if p.Commits() {
		t.add(say(lang, "起算", "counts from"), sla.MomentText(lang, p.Start.String()))
	}
	t.add(say(lang, "規則", "rule"), rulesText(p))
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

func dateOrOpen(date string, open bool) string {
	if open {
		return ""
	}
	return date
}
