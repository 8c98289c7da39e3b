"""The ctypes layer: prototypes of help.h, the library, handles, arrays, errors, callbacks."""
