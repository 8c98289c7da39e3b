-- Load, adapt, predict, search, and what can fail:  luajit latency.lua MODEL
local help = require "help"

-- Milliseconds of the model's ten references on a Raspberry Pi 4 (HELP's NAS-Bench-201 table).
local MEASURED = {
  8.069698, 19.551933, 2.826915, 20.097734, 25.759504,
  25.596895, 24.430082, 57.129456, 10.544924, 98.88752,
}
-- A stand-in for an accuracy predictor: what each operation contributes.
local WORTH = {[0] = 0, 0.25, 0.5, 1, 0.125}

print(help.version)
local model = help.load(arg[1])
local space = model.space
local device = model:adapt(model:references(), MEASURED)

local latency, within = device:predict(space:sample(1000, 1), 1000), 0
for i = 0, 999 do
  if latency[i] <= 20 then within = within + 1 end
end
print(within .. " of 1000 networks take at most 20 ms")

local function accuracy(row)
  local sum = 0
  for gene = 0, space.width - 1 do sum = sum + WORTH[row[gene]] end
  return sum
end
for _, found in ipairs(device:search(20, 3, accuracy)) do
  print(("%.2f ms, accuracy %.3f: %s"):format(found.milliseconds, found.accuracy,
    space:format(found.row)))
end

local _, reason = pcall(device.search, device, 0.5, 3, accuracy)
assert(reason.status == help.INFEASIBLE)
print("infeasible: " .. tostring(reason))

_, reason = pcall(device.search, device, 20, 3, function() error("the accuracy service is down", 0) end)
print("the callback failed: " .. reason)
