import HelpBase
import HelpSpaces

// Bytes that fitting and training hold, upper bounds for `checkMemory`.

private let float = MemoryLayout<Float>.stride

extension NetworkShape {
  /// One architecture's activations; a backward pass holds as much again, tangents double both.
  /// A workspace begins rows at multiples of 16 floats, and leaves up to half a chunk unused.
  private var activationBytes: Int {
    func width(_ layer: ParameterLayout.Layer) -> Int {
      padded(layer.inputs) + padded(layer.outputs)
    }
    let body = body.reduce(padded(encoding.rowFeatures)) { $0 + width($1.tensors) }
    let head = [fc3, fc4, fc5].reduce(0) { $0 + width($1) }
    return float * (encoding.rowCount * body + head) * 3 / 2
  }

  private func padded(_ columns: Int) -> Int { (columns + 15) / 16 * 16 }

  private var encodingBytes: Int { float * encoding.featureCount }

  /// Refuses draws of z, each a set of weights that is packed for the kernels, inner steps, which
  /// leave two sets of weights each, and rows that they fit.
  func checkMemory(samples: Int, steps: Int, rows: Int) throws(HelpError) {
    let weights = float * network.count * (8 * max(samples, 1) + 2 * steps + 8)
    try HelpBase.checkMemory(setting: "samples", samples, bytes: weights)
    try HelpBase.checkMemory(
      for: "n", rows, bytes: weights + rows * (2 * activationBytes + encodingBytes))
  }

  /// Refuses more rows than their encodings and orders of their latencies leave room for.
  func checkMemory(_ dataset: LatencyDataset) throws(HelpError) {
    try HelpBase.checkMemory(
      for: "the dataset's row count", dataset.architectures.count,
      bytesEach: encodingBytes + 64 + 32 * dataset.devices.count)
  }

  /// Refuses what training holds beside the dataset: of each task encodings and gradients, of
  /// each worker activations and the weights along its inner steps.
  ///
  /// - judged: rows that judge each validation device.
  func checkMemory(
    _ settings: TrainingSettings, tasks: Int, judged: [Int]
  ) throws(HelpError) {
    let tasks = min(settings.tasks, tasks)
    let judging =
      4 * judged.reduce(0, +) * encodingBytes
      + min(settings.threads, 4 * judged.count) * (judged.max() ?? 0) * activationBytes
    try HelpBase.checkMemory(setting: "valid_rows", settings.validRows, bytes: judging)
    let workers = min(settings.threads, tasks)
    let rows =
      tasks * (settings.support + settings.query) * 2 * encodingBytes
      + workers * (4 * settings.support + 2 * settings.query) * activationBytes
    try HelpBase.checkMemory(setting: "query", settings.query, bytes: judging + rows)
    let weights = workers * (2 * settings.innerSteps + 8) + 3 * tasks + 12
    try HelpBase.checkMemory(
      setting: "hidden", settings.hidden,
      bytes: judging + rows + float * weights * (network.count + inference.count))
  }
}
