// The referee reads stack files with faas-cli's own parser: one case a line in, one outcome a line out, as JSON.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/openfaas/faas-cli/stack"
	"gopkg.in/yaml.v2"
)

type testCase struct {
	Text  string            `json:"text"`
	Env   map[string]string `json:"env"`
	Files map[string]string `json:"files"`
}

type outcome struct {
	Error     string                    `json:"error,omitempty"`
	Functions map[string]stack.Function `json:"functions,omitempty"`
	Copy      []string                  `json:"copy,omitempty"`
}

func main() {
	// The parser itself writes to standard output.
	out := json.NewEncoder(os.Stdout)
	os.Stdout = os.Stderr
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var c testCase
		err := json.Unmarshal(lines.Bytes(), &c)
		if err == nil {
			err = out.Encode(read(c))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func read(c testCase) (o outcome) {
	defer func() {
		if reason := recover(); reason != nil {
			o = outcome{Error: fmt.Sprint("it panics: ", reason)}
		}
	}()
	os.Clearenv()
	for name, value := range c.Env {
		os.Setenv(name, value)
	}
	services, err := stack.ParseYAMLData([]byte(c.Text), "", "", true)
	if err != nil {
		return outcome{Error: err.Error()}
	}
	for name, f := range services.Functions {
		if f.Environment, err = withFiles(f, c.Files); err != nil {
			return outcome{Error: err.Error()}
		}
		services.Functions[name] = f
	}
	return outcome{Functions: services.Functions, Copy: services.StackConfiguration.CopyExtraPaths}
}

// withFiles does what `faas-cli deploy` does with environment_file: the later the stronger, and all before environment.
func withFiles(f stack.Function, files map[string]string) (map[string]string, error) {
	merged := map[string]string{}
	for name, value := range f.Environment {
		merged[name] = value
	}
	for _, path := range f.EnvironmentFile {
		text, found := files[path]
		if !found {
			return nil, fmt.Errorf("there is no %s", path)
		}
		var file stack.EnvironmentFile
		if err := yaml.Unmarshal([]byte(text), &file); err != nil {
			return nil, err
		}
		for name, value := range file.Environment {
			merged[name] = value
		}
	}
	return merged, nil
}
