package main

import (
	"bufio"
	"encoding/json"
	"io"
	"strconv"
	"sync"
	"time"
)

// One request takes about 90 bytes: 64 here, and its id.
type entry struct {
	id         string
	arrived    int64
	ended      int64
	connection int32
	outcome    outcome
}

type outcome uint8

const (
	waiting outcome = iota
	answered
	cut
)

var outcomeNames = [...]string{waiting: "waiting", answered: "answered", cut: "cut"}

// Entries lie in blocks that never move: no pause for copying, and pointers stay good.
const blockLength = 4096

type requestLog struct {
	mutex       sync.Mutex
	blocks      [][]entry
	connections int32
	began       time.Time
}

func newLog() *requestLog { return &requestLog{began: time.Now()} }

// realtime is CLOCK_REALTIME at the server's start, gone on by CLOCK_MONOTONIC: a step of the clock does not change the
// truth. Nanoseconds since 1970.
func (l *requestLog) realtime(at time.Time) int64 {
	return l.began.UnixNano() + at.Sub(l.began).Nanoseconds()
}

func (l *requestLog) connection() int32 {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.connections++
	return l.connections
}

func (l *requestLog) begin(id string, connection int32, arrived time.Time) *entry {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	last := len(l.blocks) - 1
	if last < 0 || len(l.blocks[last]) == blockLength {
		l.blocks = append(l.blocks, make([]entry, 0, blockLength))
		last++
	}
	l.blocks[last] = append(l.blocks[last], entry{id: id, connection: connection, arrived: l.realtime(arrived)})
	return &l.blocks[last][len(l.blocks[last])-1]
}

func (l *requestLog) end(e *entry, how outcome, at time.Time) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	e.ended, e.outcome = l.realtime(at), how
}

type headLine struct {
	Requests    int   `json:"requests"`
	Connections int32 `json:"connections"`
}

// Nanoseconds since 1970 are text: a double cannot hold them.
type entryLine struct {
	ID         string `json:"id"`
	Connection int32  `json:"connection"`
	ArrivedNs  string `json:"arrivedNs"`
	EndedNs    string `json:"endedNs"`
	Outcome    string `json:"outcome"`
}

// write gives one line with the totals, so that a log cut short is noticed, and then one for each request in the order
// of their arrival.
func (l *requestLog) write(out io.Writer) error {
	l.mutex.Lock()
	head := headLine{Connections: l.connections}
	blocks := append([][]entry(nil), l.blocks...)
	l.mutex.Unlock()
	for _, block := range blocks {
		head.Requests += len(block)
	}
	buffered := bufio.NewWriter(out)
	encoder := json.NewEncoder(buffered)
	if err := encoder.Encode(head); err != nil {
		return err
	}
	for _, block := range blocks {
		for i := range block {
			l.mutex.Lock()
			e := block[i]
			l.mutex.Unlock()
			line := entryLine{e.id, e.connection, decimal(e.arrived), decimal(e.ended), outcomeNames[e.outcome]}
			if err := encoder.Encode(line); err != nil {
				return err
			}
		}
	}
	return buffered.Flush()
}

func decimal(ns int64) string { return strconv.FormatInt(ns, 10) }
