import CHelp
import HelpBase
import HelpPredictor
import HelpSearch
import HelpSpaces

// The host's functions as the layers below call them.

/// A batched score: what the host leaves NaN stays NaN and is refused by the search.
func accuracyCallback(
  _ function: @escaping help_accuracy_fn, _ user: UnsafeMutableRawPointer?
) -> (ArchitectureBatch) throws(HelpError) -> [Double] {
  { (batch: ArchitectureBatch) throws(HelpError) -> [Double] in
    var scores = [Double](repeating: .nan, count: batch.count)
    let status = batch.genes.withUnsafeBufferPointer { genes in
      scores.withUnsafeMutableBufferPointer { scores in
        function(user, genes.baseAddress, batch.count, batch.space.width, scores.baseAddress)
      }
    }
    try stopUnlessOK(status, "accuracy")
    return scores
  }
}

/// Tells the host where the call is; what it returns other than HELP_OK stops the call.
func report(
  _ progress: help_progress, to function: help_progress_fn?, _ user: UnsafeMutableRawPointer?
) throws(HelpError) {
  guard let function else { return }
  let status = withUnsafePointer(to: progress) { function(user, $0) }
  try stopUnlessOK(status, "progress")
}

func progress(
  done: UInt64, total: UInt64, best: Double, latency: Double, loss: Double
) -> help_progress {
  help_progress(
    struct_size: MemoryLayout<help_progress>.stride, done: done, total: total, best: best,
    best_latency_ms: latency, loss: loss)
}

private func stopUnlessOK(_ status: help_status, _ callback: String) throws(HelpError) {
  if status != HelpStatus.ok {
    throw HelpError(hostCode: status, "the \(callback) callback returned \(status)")
  }
}
