package workloads

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"givre.dev/peer-functions/go/workloads/internal/serving"
)

const maxWaitMs = 60_000

func sleep() serving.Workload {
	return serving.Workload{Answer: answerSleep}
}

func answerSleep(w http.ResponseWriter, r *http.Request) error {
	parameters := serving.ParametersOf(r)
	ms := parameters.Integer("ms", 100, 0, maxWaitMs)
	if err := parameters.Err(); err != nil {
		return err
	}
	if err := serving.DropBody(r); err != nil {
		return err
	}
	wait(r.Context(), ms)
	serving.Text(w, http.StatusOK, fmt.Sprintf("slept %d ms\n", ms))
	return nil
}

// wait ends early when the client has gone.
func wait(ctx context.Context, ms int) {
	select {
	case <-time.After(time.Duration(ms) * time.Millisecond):
	case <-ctx.Done():
	}
}
