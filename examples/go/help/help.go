// Package help calls libhelp: handles with Close, failures as errors, Go functions as
// accuracies.
//
// An architecture is a row of genes, Space.Width of them; rows lie one after another in a slice.
package help

/*
#cgo pkg-config: libhelp
#include <help.h>
#include <stdlib.h>

help_status goAccuracy(void *user, int32_t *archs, size_t n, size_t stride, double *out);
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/cgo"
	"unsafe"
)

// ErrInfeasible says that nothing was found within the limits; test with errors.Is.
var ErrInfeasible = errors.New("infeasible")

// Error is a failure that the library reports.
type Error struct {
	Status  int
	Message string
}

func (e *Error) Error() string { return e.Message }

// Is makes errors.Is(err, ErrInfeasible) work.
func (e *Error) Is(target error) bool {
	return target == ErrInfeasible && e.Status == C.HELP_ERR_INFEASIBLE
}

// check runs a call and reads its message on the thread of the call, to which it belongs.
func check(call func() C.help_status) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if status := call(); status != C.HELP_OK {
		return &Error{int(status), C.GoString(C.help_last_error())}
	}
	return nil
}

// Version is the library's name and version.
func Version() string { return C.GoString(C.help_version_string()) }

// Space is a search space.
type Space struct {
	raw   *C.help_space
	Width int // number of genes in a row
}

// Close frees the space.
func (s *Space) Close() { C.help_space_free(s.raw) }

func newSpace(raw *C.help_space) *Space { return &Space{raw, int(C.help_space_width(raw))} }

// Sample draws n different rows.
func (s *Space) Sample(n int, seed uint64) ([]int32, error) {
	rows := make([]int32, n*s.Width)
	err := check(func() C.help_status {
		return C.help_space_sample(s.raw, C.uint64_t(seed), genes(rows), C.size_t(n), C.size_t(s.Width))
	})
	return rows, err
}

// Format writes a row in the space's notation.
func (s *Space) Format(row []int32) (string, error) {
	if len(row) != s.Width {
		return "", fmt.Errorf("a row has %d genes, not %d", s.Width, len(row))
	}
	var buffer C.help_buffer
	defer C.help_buffer_free(&buffer)
	err := check(func() C.help_status { return C.help_arch_format(s.raw, genes(row), &buffer) })
	if err != nil {
		return "", err
	}
	return C.GoStringN(buffer.data, C.int(buffer.size)), nil
}

// count is the number of rows.
func count(rows []int32, width int) (int, error) {
	if len(rows)%width != 0 {
		return 0, fmt.Errorf("%d genes are not whole rows of %d", len(rows), width)
	}
	return len(rows) / width, nil
}

// Model is what has been learnt from many devices.
type Model struct {
	raw   *C.help_model
	Space *Space
}

// Load reads a model file.
func Load(path string) (*Model, error) {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	var raw *C.help_model
	if err := check(func() C.help_status { return C.help_load(name, &raw) }); err != nil {
		return nil, err
	}
	var space *C.help_space
	if err := check(func() C.help_status { return C.help_model_space(raw, &space) }); err != nil {
		C.help_model_free(raw)
		return nil, err
	}
	return &Model{raw, newSpace(space)}, nil
}

// Close frees the model and its space.
func (m *Model) Close() {
	C.help_model_free(m.raw)
	m.Space.Close()
}

// References are the rows to measure on a device.
func (m *Model) References() ([]int32, error) {
	rows := make([]int32, int(C.help_model_reference_count(m.raw))*m.Space.Width)
	err := check(func() C.help_status {
		return C.help_model_references(m.raw, genes(rows), C.size_t(m.Space.Width))
	})
	return rows, err
}

// Adapt makes a predictor of the device on which these rows take ms milliseconds.
func (m *Model) Adapt(rows []int32, ms []float64) (*Predictor, error) {
	width := m.Space.Width
	n, err := count(rows, width)
	if err != nil {
		return nil, err
	}
	if len(ms) != n {
		return nil, fmt.Errorf("%d latencies for %d rows", len(ms), n)
	}
	var raw *C.help_predictor
	err = check(func() C.help_status {
		return C.help_adapt(m.raw, genes(rows), C.size_t(n), C.size_t(width), numbers(ms), nil, &raw)
	})
	if err != nil {
		return nil, err
	}
	return &Predictor{raw, width}, nil
}

// Predictor tells the latency of every architecture on one device.
type Predictor struct {
	raw   *C.help_predictor
	width int
}

// Close frees the predictor.
func (p *Predictor) Close() { C.help_predictor_free(p.raw) }

// Predict returns the milliseconds of each row.
func (p *Predictor) Predict(rows []int32) ([]float64, error) {
	n, err := count(rows, p.width)
	if err != nil {
		return nil, err
	}
	ms := make([]float64, n)
	err = check(func() C.help_status {
		return C.help_predict(p.raw, genes(rows), C.size_t(n), C.size_t(p.width), numbers(ms), nil)
	})
	return ms, err
}

// Found is an architecture that a search found.
type Found struct {
	Row      []int32
	Accuracy float64
	Ms       float64
}

// Search returns the topK most accurate architectures within limitMs, best first.  The rows that
// accuracy is given are valid during its call.  Its error ends the search and is returned; its
// panic goes on in the caller.
func (p *Predictor) Search(limitMs float64, topK int, accuracy func(row []int32) (float64, error)) ([]Found, error) {
	width := p.width
	rows, accuracies, ms := make([]int32, topK*width), make([]float64, topK), make([]float64, topK)
	scorer := &scorer{accuracy: accuracy, width: width}
	handle := cgo.NewHandle(scorer)
	defer handle.Delete()
	var found C.size_t
	err := check(func() C.help_status {
		return C.help_search(p.raw, C.double(limitMs), C.help_accuracy_fn(C.goAccuracy),
			unsafe.Pointer(&handle), nil, C.size_t(topK), genes(rows), C.size_t(width),
			numbers(accuracies), numbers(ms), &found, nil)
	})
	if scorer.panicked != nil {
		panic(scorer.panicked)
	}
	if scorer.err != nil {
		return nil, scorer.err
	}
	if err != nil {
		return nil, err
	}
	best := make([]Found, found)
	for i := range best {
		best[i] = Found{rows[i*width : (i+1)*width], accuracies[i], ms[i]}
	}
	return best, nil
}

type scorer struct {
	accuracy func([]int32) (float64, error)
	width    int
	err      error
	panicked any
}

// goAccuracy is a help_accuracy_fn; nothing may unwind into the library.
//
//export goAccuracy
func goAccuracy(user unsafe.Pointer, archs *C.int32_t, n, stride C.size_t, out *C.double) (status C.help_status) {
	s := (*(*cgo.Handle)(user)).Value().(*scorer)
	defer func() {
		if s.panicked = recover(); s.panicked != nil {
			status = -1
		}
	}()
	scores := unsafe.Slice((*float64)(out), n)
	for i := range scores {
		row := (*int32)(unsafe.Add(unsafe.Pointer(archs), i*int(stride)*C.sizeof_int32_t))
		if scores[i], s.err = s.accuracy(unsafe.Slice(row, s.width)); s.err != nil {
			return -1
		}
	}
	return C.HELP_OK
}

// genes is the address of rows for C, nil if there are none.
func genes(rows []int32) *C.int32_t {
	if len(rows) == 0 {
		return nil
	}
	return (*C.int32_t)(&rows[0])
}

func numbers(values []float64) *C.double {
	if len(values) == 0 {
		return nil
	}
	return (*C.double)(&values[0])
}
