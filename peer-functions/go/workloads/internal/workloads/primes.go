package workloads

import (
	"net/http"

	"givre.dev/peer-functions/go/workloads/internal/serving"
)

type primeCount struct {
	N       int `json:"n"`
	Count   int `json:"count"`
	Largest int `json:"largest"`
}

func primes() serving.Workload {
	return serving.Workload{Answer: answerPrimes}
}

func answerPrimes(w http.ResponseWriter, r *http.Request) error {
	parameters := serving.ParametersOf(r)
	n := parameters.Integer("n", 100_000, 1, 10_000_000)
	if err := parameters.Err(); err != nil {
		return err
	}
	if err := serving.DropBody(r); err != nil {
		return err
	}
	return serving.JSON(w, countPrimes(n))
}

// countPrimes is the sieve of Eratosthenes over n + 1 bytes.
func countPrimes(n int) primeCount {
	composite := make([]bool, n+1)
	for factor := 2; factor*factor <= n; factor++ {
		if composite[factor] {
			continue
		}
		for multiple := factor * factor; multiple <= n; multiple += factor {
			composite[multiple] = true
		}
	}
	result := primeCount{N: n}
	for number := 2; number <= n; number++ {
		if !composite[number] {
			result.Count++
			result.Largest = number
		}
	}
	return result
}
