package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/build"
	"kigen/cmd/kigen/internal/licenses"
)

func (a *app) versionCommand() *cobra.Command {
	var asJSON, withLicenses bool
	cmd := &cobra.Command{
		Use: "version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			switch {
			case withLicenses:
				text, err := licenses.Text()
				if err != nil {
					return err
				}
				_, err = a.out.Write(text)
				return err
			case asJSON:
				return json.NewEncoder(a.out).Encode(build.This())
			}
			_, err := fmt.Fprint(a.out, build.This().Line())
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&withLicenses, "licenses", false, "print the licences of what this binary is made of")
	cmd.MarkFlagsMutuallyExclusive("json", "licenses")
	return cmd
}

// buildVersion returns the version of this build, as kigen version prints it.
func buildVersion() string { return build.This().Version }
