package paper

import "golang.org/x/sys/unix"

// maxMemory is what pdftotext may take: a file can be made so that it asks for more.
const maxMemory = 1 << 30

// bound limits the memory of a process.
func bound(pid int) {
	_ = unix.Prlimit(pid, unix.RLIMIT_AS, &unix.Rlimit{Cur: maxMemory, Max: maxMemory}, nil)
}
