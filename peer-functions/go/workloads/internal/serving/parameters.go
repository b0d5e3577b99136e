package serving

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Parameters reads a request's query and keeps the first error for Err, as bufio.Scanner does.
type Parameters struct {
	values map[string]string
	err    error
}

// ParametersOf takes the first of a name that is given twice. url.ParseQuery is not used, because it drops pairs that it
// cannot decode, and the default would silently stand for what the client has sent.
func ParametersOf(r *http.Request) *Parameters {
	values := map[string]string{}
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name = decoded(name)
		if _, given := values[name]; !given {
			values[name] = decoded(value)
		}
	}
	return &Parameters{values: values}
}

// Err is a 400 that names the first parameter that was out of its range.
func (p *Parameters) Err() error { return p.err }

// Has says whether the client has given the parameter.
func (p *Parameters) Has(name string) bool {
	_, given := p.values[name]
	return given
}

// Integer returns a parameter of ASCII digits from low to high, or the fallback where it is absent.
func (p *Parameters) Integer(name string, fallback, low, high int) int {
	text, given := p.values[name]
	if !given {
		return fallback
	}
	// Of strconv's functions the one that takes neither a sign nor, with a base given, anything but digits.
	number, err := strconv.ParseUint(text, 10, 63)
	if err != nil || int(number) < low || int(number) > high {
		p.fail("The parameter %s must be an integer from %d to %d.", name, low, high)
		return fallback
	}
	return int(number)
}

// Choice returns a parameter that is one of the choices, or the first of them where it is absent.
func (p *Parameters) Choice(name string, choices ...string) string {
	text, given := p.values[name]
	if !given {
		return choices[0]
	}
	for _, choice := range choices {
		if text == choice {
			return choice
		}
	}
	p.fail("The parameter %s must be one of: %s.", name, strings.Join(choices, ", "))
	return choices[0]
}

// Text returns a parameter that matches the whole pattern, or the fallback where it is absent.
func (p *Parameters) Text(name, fallback string, pattern *regexp.Regexp) string {
	text, given := p.values[name]
	if !given {
		return fallback
	}
	if !pattern.MatchString(text) {
		p.fail("The parameter %s must match %s.", name, pattern)
		return fallback
	}
	return text
}

func (p *Parameters) fail(format string, arguments ...any) {
	if p.err == nil {
		p.err = BadRequest(format, arguments...)
	}
}

// decoded leaves a text as it is where its percent signs make no sense: then it is out of any range.
func decoded(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}
