package workloads

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"os"
	"regexp"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"givre.dev/peer-functions/go/workloads/internal/serving"
)

const (
	kvLimit        = 1 << 20
	defaultAddress = "10.62.0.1:6379"
	// Of all that one request asks of the server: its client has an answer within 2 s.
	kvPatience = 1500 * time.Millisecond
)

var keyPattern = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,256}$`)

func kv() serving.Workload {
	// It would write a line about every failed connection, of which each client is told anyway.
	logging.Disable()
	client := redis.NewClient(&redis.Options{
		Addr:     cmp.Or(os.Getenv("KV_ADDRESS"), defaultAddress),
		PoolSize: 1,
		// Once more where the server has closed the connection since the last request.
		MaxRetries:            1,
		DialTimeout:           kvPatience,
		ContextTimeoutEnabled: true,
		// Any server of the old protocol will do; nothing of the new one is used.
		Protocol:        2,
		DisableIdentity: true,
	})
	return serving.Workload{BodyLimit: kvLimit, Answer: func(w http.ResponseWriter, r *http.Request) error {
		return answerKV(w, r, client)
	}}
}

func answerKV(w http.ResponseWriter, r *http.Request, client *redis.Client) error {
	parameters := serving.ParametersOf(r)
	key := parameters.Text("key", "givre", keyPattern)
	if err := parameters.Err(); err != nil {
		return err
	}
	body, err := serving.ReadBody(r)
	if err != nil {
		return err
	}
	patience, cancel := context.WithTimeout(r.Context(), kvPatience)
	defer cancel()
	if r.Method == http.MethodPost || r.Method == http.MethodPut {
		if err := client.Set(patience, key, body, 0).Err(); err != nil {
			return serving.Unavailable("The key-value server does not answer.")
		}
	}
	value, err := client.Get(patience, key).Bytes()
	if errors.Is(err, redis.Nil) {
		return serving.NotFound("There is no value of the key %s.", key)
	}
	if err != nil {
		return serving.Unavailable("The key-value server does not answer.")
	}
	serving.Bytes(w, "application/octet-stream", value)
	return nil
}
