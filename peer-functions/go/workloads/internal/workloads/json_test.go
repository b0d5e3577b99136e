package workloads

import (
	"net/http"
	"strings"
	"testing"
)

const pear = `{"id":"p","quantity":1,"price_cents":1,"tags":[]}`

func TestJsonSumsUpAndSortsByFallingTotal(t *testing.T) {
	body := `{"other": [[1]], "items": [
		{"id": "a", "quantity": 2, "price_cents": 50, "tags": ["x", "x", "é"], "more": null},
		{"tags": [], "price_cents": 10000000, "quantity": 10000, "id": "<b>"},
		{"id": "", "quantity": 1, "price_cents": 100, "tags": ["__proto__"]}]}`
	expectJSON(t, post(t, start(t, "json"), body), `{"count": 3, "quantity": 10003, "total_cents": 100000000200,
		"tags": {"x": 2, "é": 1, "__proto__": 1},
		"items": [{"id": "<b>", "total_cents": 100000000000}, {"id": "a", "total_cents": 100}, {"id": "", "total_cents": 100}]}`)
}

func TestJsonOfNoItemsHasEmptyListsAndNotNull(t *testing.T) {
	expectJSON(t, post(t, start(t, "json"), `{"items":[]}`), `{"count":0,"quantity":0,"total_cents":0,"tags":{},"items":[]}`)
}

func TestJsonKeysInAnotherCaseAreIgnored(t *testing.T) {
	url := start(t, "json")
	want := `{"count":1,"quantity":1,"total_cents":1,"tags":{},"items":[{"id":"p","total_cents":1}]}`
	mixed := strings.TrimSuffix(pear, "}") + `,"ID":7,"Id":[],"Quantity":"x","Price_Cents":null,"tagS":{}}`
	expectJSON(t, post(t, url, `{"Items":5,"ITEMS":null,"items":[`+mixed+`]}`), want)
	expectRefusal(t, post(t, url, `{"Items":[]}`), http.StatusBadRequest, "items")
}

func TestJsonTakesSixtyFourLevelsAndRefusesMore(t *testing.T) {
	url := start(t, "json")
	nested := func(levels int) string {
		return `{"items":[],"brackets":"[[{\"[[","deep":` + strings.Repeat("[", levels-1) + strings.Repeat("]", levels-1) + `}`
	}
	if got := post(t, url, nested(64)); got.status != http.StatusOK {
		t.Errorf("got %+v", got)
	}
	expectRefusal(t, post(t, url, nested(65)), http.StatusBadRequest, "64")
	expectRefusal(t, post(t, url, strings.Repeat("[", 100_000)), http.StatusBadRequest, "64")
	expectRefusal(t, post(t, url, strings.Repeat(`{"a":`, 100_000)), http.StatusBadRequest, "64")
}

func TestJsonRefusesEverythingElse(t *testing.T) {
	url := start(t, "json")
	for _, body := range []string{
		"", " ", "{", "nonsense", "null", "[]", "7", `"items"`, "{}", `{"items":null}`, `{"items":{}}`, `{"items":[]} x`,
		"\xef\xbb\xbf{\"items\":[]}", "{\"items\":[],\"x\":\"\xff\"}", "{'items':[]}", `{"items":[],}`, `{"items":[null]}`, `{"items":[{}]}`,
		`{"items":[[]]}`, `{"items":[],"x":NaN}`,
	} {
		expectRefusal(t, post(t, url, body), http.StatusBadRequest, "")
	}
	for _, change := range [][2]string{
		{`"p"`, `7`}, {`"p"`, `null`}, {`"id"`, `"di"`}, {`"quantity":1`, `"quantity":-1`}, {`"quantity":1`, `"quantity":10001`},
		{`"quantity":1`, `"quantity":1.5`}, {`"quantity":1`, `"quantity":"1"`}, {`"quantity":1`, `"quantity":true`},
		{`"quantity":1`, `"quantity":1e999`}, {`"quantity":1,`, ``}, {`"price_cents":1`, `"price_cents":10000001`},
		{`"price_cents":1`, `"price_cents":null`}, {`"price_cents":1`, `"price_cents":99999999999999999999`}, {`[]`, `null`}, {`[]`, `"x"`},
		{`[]`, `[1]`}, {`[]`, `[null]`}, {`[]`, `["x",null]`}, {`,"tags":[]`, ``},
	} {
		expectRefusal(t, post(t, url, `{"items":[`+pear+`,`+strings.Replace(pear, change[0], change[1], 1)+`]}`), http.StatusBadRequest, "")
	}
}
