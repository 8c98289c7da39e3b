-- libhelp through LuaJIT's ffi.  An architecture is a row of genes, space.width of them, as int32_t.
-- Failures are errors, tables with status and message.  Handles are freed when they are collected.
local ffi = require "ffi"

local path = os.getenv "HELP_FFI_H" or "/usr/local/include/help_ffi.h"
local header = assert(io.open(path))
ffi.cdef(header:read "*a")
header:close()
local C = ffi.load "libhelp.so.1"

local Error = {__tostring = function(self) return self.message end}

local function check(status)
  if status ~= C.HELP_OK then
    error(setmetatable({status = status, message = ffi.string(C.help_last_error())}, Error), 0)
  end
end

-- The handle that write(out) makes.
local function made(kind, write)
  local out = ffi.new("help_" .. kind .. "*[1]")
  check(write(out))
  return ffi.gc(out[0], C["help_" .. kind .. "_free"])
end

local function rows_of(n, width) return ffi.new("int32_t[?]", n * width) end

local Space, Model, Predictor = {}, {}, {}
Space.__index, Model.__index, Predictor.__index = Space, Model, Predictor

local function space(raw)
  return setmetatable({raw = raw, width = tonumber(C.help_space_width(raw))}, Space)
end

-- n different rows, one after another.
function Space:sample(n, seed)
  local rows = rows_of(n, self.width)
  check(C.help_space_sample(self.raw, seed, rows, n, self.width))
  return rows
end

-- A row in the space's notation.
function Space:format(row)
  local buffer = ffi.gc(ffi.new "help_buffer", C.help_buffer_free)
  check(C.help_arch_format(self.raw, row, buffer))
  return ffi.string(buffer.data, buffer.size)
end

-- Reads a model file.
function Model.load(file)
  local raw = made("model", function(out) return C.help_load(file, out) end)
  local owned = made("space", function(out) return C.help_model_space(raw, out) end)
  return setmetatable({raw = raw, space = space(owned)}, Model)
end

-- The rows to measure on a device, and how many.
function Model:references()
  local n = tonumber(C.help_model_reference_count(self.raw))
  local rows = rows_of(n, self.space.width)
  check(C.help_model_references(self.raw, rows, self.space.width))
  return rows, n
end

-- A predictor of the device on which #milliseconds rows take these milliseconds.
function Model:adapt(rows, milliseconds)
  local n, width = #milliseconds, self.space.width
  local ms = ffi.new("double[?]", n, milliseconds)
  local raw = made("predictor", function(out)
    return C.help_adapt(self.raw, rows, n, width, ms, nil, out)
  end)
  return setmetatable({raw = raw, width = width}, Predictor)
end

-- Milliseconds of each of n rows.
function Predictor:predict(rows, n)
  local ms = ffi.new("double[?]", n)
  check(C.help_predict(self.raw, rows, n, self.width, ms, nil))
  return ms
end

-- The top_k most accurate architectures within limit milliseconds, best first.  An error of
-- accuracy(row) ends the search and is raised here.
function Predictor:search(limit, top_k, accuracy)
  local width = self.width
  local rows, count = rows_of(top_k, width), ffi.new "size_t[1]"
  local accuracies, ms = ffi.new("double[?]", top_k), ffi.new("double[?]", top_k)
  local ok, failure = true, nil
  local callback = ffi.cast("help_accuracy_fn", function(_, archs, n, stride, out)
    ok, failure = pcall(function() -- nothing may unwind into the library
      for i = 0, tonumber(n) - 1 do out[i] = accuracy(archs + i * stride) end
    end)
    return ok and C.HELP_OK or -1
  end)
  local status = C.help_search(self.raw, limit, callback, nil, nil, top_k, rows, width, accuracies,
    ms, count, nil)
  callback:free()
  if not ok then error(failure, 0) end
  check(status)
  local found = {}
  for i = 0, tonumber(count[0]) - 1 do
    local row = rows_of(1, width)
    ffi.copy(row, rows + i * width, ffi.sizeof(row))
    found[i + 1] = {row = row, accuracy = accuracies[i], milliseconds = ms[i]}
  end
  return found
end
jit.off(Predictor.search) -- compiled code must not be called back

return {
  load = Model.load,
  version = ffi.string(C.help_version_string()),
  INFEASIBLE = C.HELP_ERR_INFEASIBLE,
}
