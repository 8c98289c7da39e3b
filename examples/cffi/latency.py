"""libhelp through cffi: load, adapt, predict, search, and what can fail.

python latency.py MODEL

Needs cffi, libhelp.so.1 where the loader finds it, and help_ffi.h: HELP_FFI_H says where, or
it is where ``make install`` puts it.  For Python there is helpnas; this is for programs that
already use cffi.
"""

import os
import sys

from cffi import FFI

ffi = FFI()
with open(os.environ.get("HELP_FFI_H", "/usr/local/include/help_ffi.h")) as header:
    ffi.cdef(header.read())
lib = ffi.dlopen("libhelp.so.1")

#: Milliseconds of the model's ten references on a Raspberry Pi 4 (HELP's NAS-Bench-201 table).
MEASURED = [8.069698, 19.551933, 2.826915, 20.097734, 25.759504,
            25.596895, 24.430082, 57.129456, 10.544924, 98.88752]  # fmt: skip
#: A stand-in for an accuracy predictor: what each operation contributes.
WORTH = [0.0, 0.25, 0.5, 1.0, 0.125]


class HelpError(Exception):
    """A call failed; ``status`` is its code."""

    def __init__(self, status):
        super().__init__(ffi.string(lib.help_last_error()).decode())
        self.status = status


def check(status):
    if status != lib.HELP_OK:
        raise HelpError(status)


def made(kind, function, *arguments):
    """The handle that a function writes through its last argument, freed when collected."""
    out = ffi.new(f"help_{kind} **")
    check(function(*arguments, out))
    return ffi.gc(out[0], getattr(lib, f"help_{kind}_free"))


def text(space, row):
    """An architecture in the space's notation."""
    buffer = ffi.gc(ffi.new("help_buffer *"), lib.help_buffer_free)
    check(lib.help_arch_format(space, row, buffer))
    return ffi.string(buffer.data, buffer.size).decode()


def search(predictor, width, limit_ms, score, top_k):
    """``(row, accuracy, milliseconds)`` of the best; what ``score(row)`` raises is raised here."""
    raised = []

    @ffi.callback("help_accuracy_fn", error=-1, onerror=lambda *reason: raised.append(reason[1]))
    def accuracy(user, archs, n, stride, out):
        for i in range(n):
            out[i] = score(archs[i * stride : i * stride + width])
        return lib.HELP_OK

    rows = ffi.new("int32_t[]", top_k * width)
    accuracies, latency = ffi.new("double[]", top_k), ffi.new("double[]", top_k)
    found = ffi.new("size_t *")
    status = lib.help_search(
        predictor,
        limit_ms,
        accuracy,
        ffi.NULL,
        ffi.NULL,
        top_k,
        rows,
        width,
        accuracies,
        latency,
        found,
        ffi.NULL,
    )
    if raised:
        raise raised[0]
    check(status)
    return [
        (ffi.unpack(rows + i * width, width), accuracies[i], latency[i]) for i in range(found[0])
    ]


def main(path):
    print(ffi.string(lib.help_version_string()).decode())
    model = made("model", lib.help_load, path.encode())
    space = made("space", lib.help_model_space, model)
    width = lib.help_space_width(space)
    references = ffi.new("int32_t[]", lib.help_model_reference_count(model) * width)
    check(lib.help_model_references(model, references, width))
    device = made(
        "predictor", lib.help_adapt, model, references, len(MEASURED), width, MEASURED, ffi.NULL
    )

    rows, latency = ffi.new("int32_t[]", 1000 * width), ffi.new("double[]", 1000)
    check(lib.help_space_sample(space, 1, rows, 1000, width))
    check(lib.help_predict(device, rows, 1000, width, latency, ffi.NULL))
    print(sum(each <= 20 for each in latency), "of 1000 networks take at most 20 ms")

    def worth(row):
        return sum(WORTH[gene] for gene in row)

    for row, accuracy, milliseconds in search(device, width, 20.0, worth, top_k=3):
        print(f"{milliseconds:.2f} ms, accuracy {accuracy:.3f}: {text(space, row)}")
    try:
        search(device, width, 0.5, worth, top_k=3)
    except HelpError as reason:
        print("infeasible:" if reason.status == lib.HELP_ERR_INFEASIBLE else "failed:", reason)

    def down(row):
        raise ConnectionError("the accuracy service is down")

    try:
        search(device, width, 20.0, down, top_k=3)
    except ConnectionError as reason:
        print("the callback failed:", reason)


if __name__ == "__main__":
    main(sys.argv[1])
