package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/drafting"
	"kigen/cmd/kigen/internal/terminal"
	"kigen/cmd/kigen/internal/web/api"
	"kigen/sla"
)

func (a *app) vendorCommand() *cobra.Command {
	draft := drafting.Command(drafting.Host{In: a.in, Out: a.out, Remarks: a.errOut, Load: a.loadHere, Lang: a.lang, Vendor: vendorNamed, BadInput: badInput})
	return group("vendor", a.vendorListCommand(), a.vendorShowCommand(), a.vendorProfileCommand(), draft, a.vendorExportCommand(), a.vendorImportCommand())
}

func (a *app) vendorListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadHere(cmd)
			if err != nil {
				return err
			}
			if asJSON {
				vendors := make([]any, len(c.Catalogue))
				for i, v := range c.Catalogue {
					vendors[i] = api.Vendor(v, c.Register[v.ID])
				}
				return terminal.PrintJSON(a.out, vendors)
			}
			return a.printer(c).Vendors(c.Catalogue)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

func (a *app) vendorShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show VENDOR", Args: cobra.ExactArgs(1),
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
				return terminal.PrintJSON(a.out, api.Vendor(v, c.Register[v.ID]))
			}
			return a.printer(c).Vendor(v, c.Imported)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func vendorNamed(catalogue sla.Catalogue, id string) (*sla.Vendor, error) {
	if v, known := catalogue.Vendor(id); known {
		return v, nil
	}
	return nil, badInput(&textError{fmt.Sprintf("VENDOR %q", id), catalogue.Unknown(id)})
}
