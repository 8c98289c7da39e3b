import CHelpSupport

// Swift has no allocation that may fail: what a caller's count will need is asked of the
// allocator first, and given back at once. Another thread may take it in between; the allocation
// then ends the process, as any other that fails.

/// Needs below this are not checked: where so little is missing, nothing can go on.
private let leastChecked = 1 << 20

private func hasMemory(_ bytes: Int) -> Bool {
  // With something for what goes along: the allocator's own, a message, a callback's work.
  bytes < leastChecked || helpsupport_has_memory(bytes + bytes / 8 + leastChecked) != 0
}

/// Refuses a count of the caller's for which there is no memory:
/// "n is 50000000; there is no memory for 1200000000 bytes".
package func checkMemory(
  for argument: StaticString, _ count: Int, bytes: Int
) throws(HelpError) {
  if hasMemory(bytes) { return }
  throw HelpError(
    .memory, "\(argument) is \(count); there is no memory for \(bytes) bytes")
}

package func checkMemory(
  for argument: StaticString, _ count: Int, bytesEach: Int
) throws(HelpError) {
  try checkMemory(for: argument, count, bytes: count * bytesEach)
}

/// The same for a setting: "population is 1000000; ...".
package func checkMemory(setting name: String, _ value: Int, bytes: Int) throws(HelpError) {
  if hasMemory(bytes) { return }
  throw HelpError(
    .memory, setting: name, "is \(value); there is no memory for \(bytes) bytes")
}
