package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"
	k8s "sigs.k8s.io/yaml"
)

type record struct {
	File string `json:"file"`
	Mode string `json:"mode"`
	Err  string `json:"err,omitempty"`
	Out  string `json:"out,omitempty"`
}

func try(mode string, data []byte) (out string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("PANIC %v", r)
		}
	}()
	switch mode {
	case "v3":
		dec := yaml.NewDecoder(bytes.NewReader(data))
		var buf bytes.Buffer
		enc := yaml.NewEncoder(&buf)
		for {
			node := &yaml.Node{}
			err := dec.Decode(node)
			if err == io.EOF {
				break
			}
			if err != nil {
				return "", err
			}
			if err := enc.Encode(node); err != nil {
				return "", err
			}
		}
		enc.Close()
		return buf.String(), nil
	case "kust":
		dec := yaml.NewDecoder(bytes.NewReader(data))
		var outs []string
		for {
			node := &yaml.Node{}
			err := dec.Decode(node)
			if err == io.EOF {
				break
			}
			if err != nil {
				return "", err
			}
			if yaml.IsYNodeEmptyDoc(node) || node.Content[0].Kind == yaml.ScalarNode {
				continue
			}
			rn := yaml.NewRNode(node)
			j, err := rn.MarshalJSON()
			if err != nil {
				return "", err
			}
			y, err := k8s.JSONToYAML(j)
			if err != nil {
				return "", err
			}
			outs = append(outs, string(y))
		}
		return strings.Join(outs, "---\n"), nil
	case "sigs":
		j, err := k8s.YAMLToJSONStrict(data)
		if err != nil {
			return "", err
		}
		y, err := k8s.JSONToYAML(j)
		return string(y), err
	}
	panic("mode")
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<20)
	w := bufio.NewWriter(os.Stdout)
	defer w.Flush()
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for in.Scan() {
		data, err := os.ReadFile(in.Text())
		if err != nil {
			continue
		}
		for _, mode := range os.Args[1:] {
			out, err := try(mode, data)
			r := record{File: in.Text(), Mode: mode, Out: out}
			if err != nil {
				r.Err = err.Error()
				r.Out = ""
			}
			enc.Encode(r)
		}
	}
}
