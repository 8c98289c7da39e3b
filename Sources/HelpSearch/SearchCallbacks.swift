import HelpBase
import HelpSpaces

/// The host's part in a search; called on the calling thread.
package struct SearchCallbacks {
  /// A score for each row, higher is better; NaN is an error.
  package var accuracy: (ArchitectureBatch) throws(HelpError) -> [Double]
  package var progress: (SearchProgress) throws(HelpError) -> Void
  package var isCancelled: () -> Bool

  package init(
    accuracy: @escaping (ArchitectureBatch) throws(HelpError) -> [Double],
    progress: @escaping (SearchProgress) throws(HelpError) -> Void = { _ in },
    isCancelled: @escaping () -> Bool = { false }
  ) {
    self.accuracy = accuracy
    self.progress = progress
    self.isCancelled = isCancelled
  }
}

func checkCancelled(_ isCancelled: () -> Bool) throws(HelpError) {
  if isCancelled() { throw HelpError(.cancelled, "the search was cancelled") }
}
