package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"kigen/config"
)

func (a *app) configCommand() *cobra.Command {
	return group("config", "Check, print or begin a configuration / 設定を調べる",
		a.configCheckCommand(), a.configPrintCommand(), a.configInitCommand())
}

// configCheckCommand loads and says that all is well; Load itself names what is not.
func (a *app) configCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use: "check [FILE]", Short: "Name every mistake with its line / 誤りを行番号つきで示す", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				a.configPath = args[0]
			}
			c, err := a.load()
			if err != nil {
				return err
			}
			name := c.Path
			if name == "" {
				name = say(a.lang(c), "組み込みの設定", "built-in configuration")
			}
			_, err = fmt.Fprintf(a.out, say(a.lang(c), "%s: 問題ありません(ベンダー%d社、通知先%d件)\n", "%s: no mistakes (%d vendors, %d destinations)\n"),
				name, len(c.Catalogue), len(c.Destinations))
			return err
		},
	}
}

// configPrintCommand shows what is in force after file, environment and
// defaults: the answer to "which value does it use?".
func (a *app) configPrintCommand() *cobra.Command {
	return &cobra.Command{
		Use: "print", Short: "Print what is in force, secrets masked / 有効な設定を表示する", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			return c.Print(a.out)
		},
	}
}

const defaultConfigFile = "kigen.yaml"

// configInitCommand ends with the two commands that a beginner needs next.
func (a *app) configInitCommand() *cobra.Command {
	return &cobra.Command{
		Use: "init [FILE|-]", Short: "Write a commented configuration to begin with / ひな形を書き出す", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			path := defaultConfigFile
			if len(args) == 1 {
				path = args[0]
			}
			if path == "-" {
				_, err := a.out.Write(config.Sample())
				return err
			}
			if err := writeNew(path, config.Sample()); err != nil {
				return err
			}
			_, err := fmt.Fprintf(a.out, "%s: kigen config check %s && kigen serve --config %s\n", path, path, path)
			return err
		},
	}
}

// writeNew never overwrites: a configuration is work.
func writeNew(path string, content []byte) error {
	// For the owner alone: tokens are often written into it in spite of ${…}.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return badInput(fmt.Errorf("FILE %q: exists already: give another name, or move it away", path))
	case err != nil:
		return badInput(fmt.Errorf("FILE %q: %w: give a path that can be written", path, pathCause(err)))
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, pathCause(err))
	}
	return nil
}
