package workloads

import (
	"bytes"
	"html/template"
	"math"
	"net/http"
	"unicode/utf8"

	"givre.dev/peer-functions/go/workloads/internal/serving"
)

const (
	templateLimit    = 64 << 10
	maxNameLength    = 256
	maxNumbers       = 10_000
	numbersBelow     = 1_000_000
	numbersPageInput = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Numbers for {{.Username}}</title></head>
<body>
<h1>Hello, {{.Username}}!</h1>
<ol>
{{range .Numbers}}<li>{{.}}</li>
{{end}}</ol>
</body>
</html>
`
)

type pageRequest struct {
	OtherUsername ignored `json:"USERNAME"`
	OtherSize     ignored `json:"SIZE"`
	OtherSeed     ignored `json:"SEED"`
	Username      *string `json:"username"`
	Size          *int    `json:"size"`
	Seed          *int64  `json:"seed"`
}

type page struct {
	Username string
	Numbers  []uint32
}

func templateWorkload() serving.Workload {
	numbersPage := template.Must(template.New("numbers").Parse(numbersPageInput))
	return serving.Workload{BodyLimit: templateLimit, Answer: func(w http.ResponseWriter, r *http.Request) error {
		content, err := readPage(r)
		if err != nil {
			return err
		}
		// Into a buffer first: an error must not follow half of a page.
		var html bytes.Buffer
		if err := numbersPage.Execute(&html, content); err != nil {
			return err
		}
		serving.Bytes(w, "text/html; charset=utf-8", html.Bytes())
		return nil
	}}
}

func readPage(r *http.Request) (page, error) {
	body, err := serving.ReadBody(r)
	if err != nil {
		return page{}, err
	}
	var given pageRequest
	if err := decodeStrictly(body, &given); err != nil {
		return page{}, err
	}
	if problem := given.problem(); problem != "" {
		return page{}, serving.BadRequest("The request body has no %s.", problem)
	}
	random := xorshift32(*given.Seed)
	numbers := make([]uint32, *given.Size)
	for i := range numbers {
		numbers[i] = random.next() % numbersBelow
	}
	return page{*given.Username, numbers}, nil
}

func (p pageRequest) problem() string {
	switch {
	case p.Username == nil || *p.Username == "" || utf8.RuneCountInString(*p.Username) > maxNameLength:
		return "username of 1 to 256 characters"
	case p.Size == nil || *p.Size < 1 || *p.Size > maxNumbers:
		return "size from 1 to 10000"
	case p.Seed == nil || *p.Seed < 1 || *p.Seed > math.MaxUint32:
		return "seed from 1 to 4294967295"
	}
	return ""
}
