package main

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

const (
	constant   = "constant"
	lognormal  = "lognormal"
	bimodal    = "bimodal"
	stall      = "stall"
	drop       = "drop"
	slowAccept = "slow-accept"
	retryBait  = "retry-bait"
	drift      = "drift"
)

var profileNames = []string{constant, lognormal, bimodal, stall, drop, slowAccept, retryBait, drift}

// profile says how long each request waits and what becomes of it then.
type profile struct {
	name        string
	seed        uint64
	service     time.Duration
	sigma       float64
	slow        time.Duration
	slowShare   float64
	stallAfter  time.Duration
	stallFor    time.Duration
	probability float64
	acceptDelay time.Duration
	backlog     int
	growth      time.Duration

	mutex  sync.Mutex
	random *rand.Rand
	first  time.Time
}

func profileFlags(flags *flag.FlagSet) *profile {
	p := &profile{}
	flags.StringVar(&p.name, "profile", constant, strings.Join(profileNames, ", "))
	flags.Uint64Var(&p.seed, "seed", 1, "of every random choice")
	flags.DurationVar(&p.service, "service", 5*time.Millisecond, "service time; median of lognormal")
	flags.Float64Var(&p.sigma, "sigma", 0.5, "lognormal: standard deviation of the logarithm")
	flags.DurationVar(&p.slow, "slow", 50*time.Millisecond, "bimodal: service time of the slower requests")
	flags.Float64Var(&p.slowShare, "slow-share", 0.2, "bimodal: share of them")
	flags.DurationVar(&p.stallAfter, "stall-after", 4*time.Second, "stall: after the first request")
	flags.DurationVar(&p.stallFor, "stall", 2*time.Second, "stall: how long nothing goes on")
	flags.Float64Var(&p.probability, "probability", 0.02, "drop, retry-bait: that a connection is closed")
	flags.DurationVar(&p.acceptDelay, "accept-delay", 20*time.Millisecond, "slow-accept: before each connection")
	flags.IntVar(&p.backlog, "backlog", 8, "slow-accept: connections that wait to be accepted; further ones are lost")
	flags.DurationVar(&p.growth, "growth", time.Millisecond, "drift: by this much in each second")
	return p
}

func (p *profile) check() error {
	known := false
	for _, name := range profileNames {
		known = known || name == p.name
	}
	switch {
	case !known:
		return fmt.Errorf("unknown profile %q; known: %s", p.name, strings.Join(profileNames, ", "))
	case p.service < 0 || p.slow < 0 || p.stallFor < 0 || p.acceptDelay < 0:
		return fmt.Errorf("a duration below 0")
	case !(p.probability >= 0 && p.probability <= 1) || !(p.slowShare >= 0 && p.slowShare <= 1):
		return fmt.Errorf("a probability lies between 0 and 1")
	case !(p.sigma >= 0):
		return fmt.Errorf("sigma is a number from 0")
	}
	p.random = rand.New(rand.NewPCG(p.seed, 0))
	if p.name != slowAccept {
		p.acceptDelay = 0
	}
	return nil
}

// verdict is what becomes of a request: it waits until then, and is answered or cut.
type verdict struct {
	until time.Time
	cut   bool
}

// judge decides in the order of arrival, so that equal seeds give equal sequences.
func (p *profile) judge(arrived time.Time, reused bool) verdict {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.first.IsZero() {
		p.first = arrived
	}
	until := arrived.Add(p.service)
	switch p.name {
	case lognormal:
		until = arrived.Add(time.Duration(float64(p.service) * math.Exp(p.sigma*p.random.NormFloat64())))
	case bimodal:
		if p.random.Float64() < p.slowShare {
			until = arrived.Add(p.slow)
		}
	case stall:
		until = p.stalled(arrived)
	case drop:
		return verdict{until, p.random.Float64() < p.probability}
	case retryBait:
		// A kept connection that closes just when it is used looks like one that had been idle for too long.
		if reused && p.random.Float64() < p.probability {
			return verdict{arrived, true}
		}
	case drift:
		until = until.Add(time.Duration(arrived.Sub(p.first).Seconds() * float64(p.growth)))
	}
	return verdict{until, false}
}

// stalled is a stop of the world: what was under way goes on after it, and what came meanwhile begins after it.
func (p *profile) stalled(arrived time.Time) time.Time {
	begin := p.first.Add(p.stallAfter)
	end := begin.Add(p.stallFor)
	until := arrived.Add(p.service)
	switch {
	case until.Before(begin) || !arrived.Before(end):
		return until
	case arrived.Before(begin):
		return until.Add(p.stallFor)
	}
	return end.Add(p.service)
}
