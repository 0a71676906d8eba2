package config

import (
	_ "embed"
	"fmt"
	"io"

	yaml "go.yaml.in/yaml/v4"
)

//go:embed sample.yaml
var sampleFile []byte

// Sample returns a commented sample configuration, which loads unchanged.
func Sample() []byte { return append([]byte(nil), sampleFile...) }

// Print writes the effective configuration as YAML: the file, the defaults and the
// merged vendors. Secrets are masked; ${NAME} stays as written.
func (c *Config) Print(w io.Writer) error {
	data, err := yaml.Dump(c.tree.YAML(), yaml.WithIndent(2), yaml.WithLineWidth(-1), yaml.WithUnicode(true))
	if err != nil {
		return fmt.Errorf("printing the configuration: %w", err)
	}
	_, err = w.Write(data)
	return err
}
