package workloads

import (
	"encoding/json"
	"unicode/utf8"

	"givre.dev/peer-functions/go/workloads/internal/serving"
)

const maxNesting = 64

// ignored takes any value. encoding/json gives a key that no field has exactly to the first field that has it in another
// case; a field of this type, with the key in capitals and before the real one, catches those.
type ignored struct{}

func (*ignored) UnmarshalJSON([]byte) error { return nil }

// decodeStrictly refuses what encoding/json would repair or allow: bytes that are not UTF-8, and deep nesting.
func decodeStrictly(text []byte, into any) error {
	if !utf8.Valid(text) {
		return serving.BadRequest("The request body is not UTF-8.")
	}
	if nestedDeeper(text, maxNesting) {
		return serving.BadRequest("The request body is nested more than %d deep.", maxNesting)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return serving.BadRequest("The request body is not the JSON that this function takes.")
	}
	return nil
}

// nestedDeeper looks at brackets alone; whether the text is JSON at all is left to the decoder.
func nestedDeeper(text []byte, limit int) bool {
	depth, inString := 0, false
	for at := 0; at < len(text); at++ {
		switch c := text[at]; {
		case c == '"':
			inString = !inString
		case inString && c == '\\':
			at++
		case inString:
		case c == '[' || c == '{':
			if depth++; depth > limit {
				return true
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return false
}
