package main

import (
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// Go's own timers wait in epoll, whose timeouts are whole milliseconds. A timerfd is a file that becomes readable to the
// microsecond, without a thread of its own and without a busy processor.
type alarm struct{ file *os.File }

const (
	clockMonotonic = 1
	timerNonblock  = syscall.O_NONBLOCK | syscall.O_CLOEXEC
)

var alarms = sync.Pool{New: func() any { return newAlarm() }}

func newAlarm() *alarm {
	fd, _, errno := syscall.Syscall(syscall.SYS_TIMERFD_CREATE, clockMonotonic, timerNonblock, 0)
	if errno != 0 {
		panic(fmt.Errorf("timerfd_create: %w", errno))
	}
	return &alarm{os.NewFile(fd, "timerfd")}
}

func sleepUntil(moment time.Time) {
	wait := time.Until(moment)
	if wait <= 0 {
		return
	}
	a := alarms.Get().(*alarm)
	a.sleep(wait)
	alarms.Put(a)
}

func (a *alarm) sleep(wait time.Duration) {
	// struct itimerspec: interval (none), value.
	spec := [2]syscall.Timespec{{}, syscall.NsecToTimespec(wait.Nanoseconds())}
	raw, err := a.file.SyscallConn()
	if err != nil {
		panic(err)
	}
	var errno syscall.Errno
	err = raw.Control(func(fd uintptr) {
		_, _, errno = syscall.Syscall6(syscall.SYS_TIMERFD_SETTIME, fd, 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
	})
	if err != nil || errno != 0 {
		panic(fmt.Errorf("timerfd_settime: %w %w", err, errno))
	}
	var expirations [8]byte
	if _, err := a.file.Read(expirations[:]); err != nil {
		panic(fmt.Errorf("reading a timerfd: %w", err))
	}
}
