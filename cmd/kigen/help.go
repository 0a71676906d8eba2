package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/docs"
	"kigen/config"
)

// helpCommand replaces cobra's help command and also prints documentation pages.
func (a *app) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND | TOPIC]",
		Short: say(a.helpLang(), "command_help"), // cobra adds the command after the others
		Example: "  kigen help                # commands and topics\n" +
			"  kigen help incident log\n" +
			"  kigen help grammar",
		ValidArgsFunction: a.completeHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				if page, ok := docs.Read(a.helpLang(), args[0]); ok {
					_, err := io.WriteString(a.out, page.Text)
					return err
				}
			}
			root := cmd.Root()
			found, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return badInput(fmt.Errorf("%q: is not a command or topic: use one of the topics %s, or a command that kigen help lists",
					strings.Join(args, " "), strings.Join(docs.Topics(), ", ")))
			}
			found.InitDefaultHelpFlag()
			if err := found.Help(); err != nil || found != root {
				return err
			}
			return a.printTopics()
		},
	}
}

// printTopics lists the documentation pages.
func (a *app) printTopics() error {
	lang := a.helpLang()
	var list strings.Builder
	list.WriteString(say(lang, "topics_kigen_help_topic"))
	for _, topic := range docs.Topics() {
		page, _ := docs.Read(lang, topic)
		fmt.Fprintf(&list, "  %-14s %s\n", topic, page.Title)
	}
	_, err := io.WriteString(a.out, list.String())
	return err
}

// helpLang returns the language of help, also beside a configuration with mistakes,
// because help explains how to write one.
func (a *app) helpLang() string {
	return cmp.Or(a.language, config.LanguageOf(a.configPath, a.environ))
}

// describe gives all commands their descriptions in the language of help.
func (a *app) describe(root *cobra.Command) {
	in := texts.In(a.helpLang())
	root.Long = in.Say("about")
	var each func(cmd *cobra.Command)
	each = func(cmd *cobra.Command) {
		path := strings.TrimPrefix(cmd.CommandPath(), root.Name()+" ")
		if key := "command_" + strings.NewReplacer(" ", "_", "-", "_").Replace(path); in.Has(key) {
			cmd.Short = in.Say(key)
		}
		for _, sub := range cmd.Commands() {
			each(sub)
		}
	}
	each(root)
}

func (a *app) completeHelp(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names := docs.Topics()
	for _, sub := range cmd.Root().Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	slices.Sort(names)
	return names, cobra.ShellCompDirectiveNoFileComp
}
