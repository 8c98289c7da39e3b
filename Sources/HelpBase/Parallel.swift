import CHelpSupport

/// Runs `body` for 0..<count on up to `threads` threads, which are joined before it returns.
///
/// Thread t runs the items t, t + threads, ... in order; `body` gets the item and t, so a
/// worker may keep scratch of its own. Where a thread cannot be started its share runs on
/// the caller's, so nothing fails for want of threads.
package func concurrently(
  _ count: Int, threads: Int, _ body: @escaping @Sendable (_ item: Int, _ worker: Int) -> Void
) {
  let workers = max(1, min(threads, count))
  var started: [pthread_t] = []
  for worker in 1..<max(workers, 1) {
    let share = Share(worker: worker, workers: workers, count: count, body: body)
    if let thread = start(share) { started.append(thread) } else { share.run() }
  }
  Share(worker: 0, workers: workers, count: count, body: body).run()
  for thread in started { pthread_join(thread, nil) }
}

private final class Share: Sendable {
  let worker: Int
  let workers: Int
  let count: Int
  let body: @Sendable (Int, Int) -> Void

  init(worker: Int, workers: Int, count: Int, body: @escaping @Sendable (Int, Int) -> Void) {
    self.worker = worker
    self.workers = workers
    self.count = count
    self.body = body
  }

  func run() {
    for item in stride(from: worker, to: count, by: workers) { body(item, worker) }
  }
}

private func start(_ share: Share) -> pthread_t? {
  var thread = pthread_t()
  let context = Unmanaged.passRetained(share)
  let status = pthread_create(
    &thread, nil,
    { context in
      guard let context else { return nil }
      Unmanaged<Share>.fromOpaque(context).takeRetainedValue().run()
      return nil
    }, context.toOpaque())
  if status == 0 { return thread }
  context.release()
  return nil
}

/// A place for each item's result, written by whichever thread runs the item.
package final class ResultSlots<Value>: @unchecked Sendable {
  // Items write different elements and the writers are joined before anyone reads.
  private let storage: UnsafeMutableBufferPointer<Value?>

  package init(count: Int) {
    storage = .allocate(capacity: count)
    storage.initialize(repeating: nil)
  }

  deinit {
    storage.deinitialize()
    storage.deallocate()
  }

  package subscript(item: Int) -> Value? {
    get { storage[item] }
    set { storage[item] = newValue }
  }
}
