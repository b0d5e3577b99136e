package workloads

import (
	"cmp"
	"net/http"

	"givre.dev/peer-functions/go/workloads/internal/serving"
)

func echo() serving.Workload {
	return serving.Workload{Answer: answerEcho}
}

// answerEcho begins when the body has ended: the proxies in front lose the rest of a body whose answer comes earlier.
func answerEcho(w http.ResponseWriter, r *http.Request) error {
	body, err := serving.ReadBody(r)
	if err != nil {
		return err
	}
	serving.Bytes(w, cmp.Or(r.Header.Get("Content-Type"), "application/octet-stream"), body)
	return nil
}
