package workloads

import (
	"html"
	"net/http"
	"strings"
	"testing"
)

func TestTemplateRendersNumbersForAName(t *testing.T) {
	url := start(t, "template")
	// The first numbers of Marsaglia's generator from seed 1.
	want := `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Numbers for Ada</title></head>
<body>
<h1>Hello, Ada!</h1>
<ol>
<li>270369</li>
<li>634689</li>
</ol>
</body>
</html>
`
	got := post(t, url, `{"username":"Ada","size":2,"seed":1,"more":[]}`)
	if got != (answer{http.StatusOK, "text/html; charset=utf-8", want}) {
		t.Errorf("got %+v", got)
	}
}

func TestTemplateEscapesTheName(t *testing.T) {
	url := start(t, "template")
	got := post(t, url, `{"username":"<b>&amp; \"{{.Size}}' 世","size":1,"seed":4294967295}`)
	if strings.Contains(got.body, "<b>") || strings.Count(html.UnescapeString(got.body), `<b>&amp; "{{.Size}}' 世`) != 2 {
		t.Errorf("got %+v", got)
	}
}

func TestTemplateCountsCharactersNotBytes(t *testing.T) {
	url := start(t, "template")
	for length, status := range map[int]int{0: 400, 1: 200, 256: 200, 257: 400} {
		got := post(t, url, `{"username":"`+strings.Repeat("𝄞", length)+`","size":1,"seed":1}`)
		if got.status != status {
			t.Errorf("%d characters: got %+v", length, got)
		}
	}
}

func TestTemplateRefusesWhatIsOutOfRange(t *testing.T) {
	url := start(t, "template")
	for body, word := range map[string]string{
		`{"size":1,"seed":1}`:                           "username",
		`{"username":"A","size":0,"seed":1}`:            "size",
		`{"username":"A","size":10001,"seed":1}`:        "size",
		`{"username":"A","size":1,"seed":0}`:            "seed",
		`{"username":"A","size":1,"seed":4294967296}`:   "seed",
		`{"username":"A","size":1,"seed":null}`:         "seed",
		`{"username":7,"size":1,"seed":1}`:              "",
		`{"username":"A","size":"1","seed":1}`:          "",
		`[]`:                                            "",
		strings.Repeat(" ", templateLimit):              "JSON",
		`{"USERNAME":"A","size":1,"seed":1,"Size":"x"}`: "username",
	} {
		expectRefusal(t, post(t, url, body), http.StatusBadRequest, word)
	}
	expectRefusal(t, post(t, url, strings.Repeat(" ", templateLimit+1)), http.StatusRequestEntityTooLarge, "larger")
}
