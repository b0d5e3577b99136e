package workloads

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// store speaks as much of the Redis protocol as kv needs, and can be told to fall silent.
type store struct {
	address     string
	connections atomic.Int64
	silent      atomic.Bool
	open        sync.Map
	values      sync.Map
}

func startStore(t *testing.T) *store {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	s := &store{address: listener.Addr().String()}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			s.connections.Add(1)
			s.open.Store(connection, true)
			go s.serve(connection)
		}
	}()
	return s
}

func (s *store) closeConnections() {
	s.open.Range(func(connection, _ any) bool {
		s.open.Delete(connection)
		return connection.(net.Conn).Close() == nil
	})
}

func (s *store) serve(connection net.Conn) {
	defer connection.Close()
	reader := bufio.NewReader(connection)
	for {
		words, err := readCommand(reader)
		if err != nil {
			return
		}
		if s.silent.Load() {
			continue
		}
		if _, err := io.WriteString(connection, s.answer(words)); err != nil {
			return
		}
	}
}

func (s *store) answer(words []string) string {
	switch command := strings.ToUpper(words[0]); {
	case command == "SET" && len(words) == 3:
		s.values.Store(words[1], words[2])
		return "+OK\r\n"
	case command == "GET" && len(words) == 2:
		value, there := s.values.Load(words[1])
		if !there {
			return "$-1\r\n"
		}
		return fmt.Sprintf("$%d\r\n%s\r\n", len(value.(string)), value)
	}
	return "-ERR unknown command\r\n"
}

// readCommand reads an array of bulk strings, which is how clients send commands.
func readCommand(reader *bufio.Reader) ([]string, error) {
	count, err := readLength(reader, '*')
	if err != nil {
		return nil, err
	}
	words := make([]string, count)
	for i := range words {
		length, err := readLength(reader, '$')
		if err != nil {
			return nil, err
		}
		word := make([]byte, length+len("\r\n"))
		if _, err := io.ReadFull(reader, word); err != nil {
			return nil, err
		}
		words[i] = string(word[:length])
	}
	return words, nil
}

func readLength(reader *bufio.Reader, kind byte) (int, error) {
	line, err := reader.ReadString('\n')
	if err != nil {
		return 0, err
	}
	if line[0] != kind {
		return 0, fmt.Errorf("expected %c, got %q", kind, line)
	}
	return strconv.Atoi(strings.TrimSpace(line[1:]))
}
