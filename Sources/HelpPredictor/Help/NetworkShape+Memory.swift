import HelpBase
import HelpSpaces

// Bytes that fitting and training hold, upper bounds for `checkMemory`.

extension NetworkShape {
  private static let float = MemoryLayout<Float>.stride

  /// One set of weights.
  private var weightBytes: Int { Self.float * network.count }

  /// One architecture's activations with their gradients, and as much again for tangents.
  var activationBytes: Int {
    let body = body.reduce(encoding.rowFeatures) { $0 + $1.tensors.inputs + $1.tensors.outputs }
    let head = [fc3, fc4, fc5].reduce(0) { $0 + $1.inputs + $1.outputs }
    return 4 * Self.float * (encoding.rowCount * body + head)
  }

  /// Refuses draws of z, each a set of weights that is packed for the kernels, and inner steps,
  /// which leave two sets of weights each.
  func checkMemory(samples: Int, steps: Int) throws(HelpError) {
    try HelpBase.checkMemory(
      setting: "samples", samples, bytes: weightBytes * (8 * max(samples, 1) + 2 * steps + 8))
  }
}

extension TrainingSettings {
  /// Refuses what does not depend on the dataset: of each worker activations and the weights
  /// along its inner steps, of each task encodings and gradients.
  func checkMemory(_ shape: NetworkShape, tasks: Int) throws(HelpError) {
    let (tasks, float) = (min(self.tasks, tasks), MemoryLayout<Float>.stride)
    let workers = min(threads, tasks)
    let encodings = 2 * float * shape.encoding.featureCount
    let rows = (support + query) * (workers * shape.activationBytes + tasks * encodings)
    try HelpBase.checkMemory(setting: "query", query, bytes: rows)
    let weights =
      float * (workers * (2 * innerSteps + 8) + 3 * tasks + 12)
      * (shape.network.count + shape.inference.count)
    try HelpBase.checkMemory(setting: "hidden", hidden, bytes: rows + weights)
  }
}

extension LatencyDataset {
  /// Refuses more rows than training can hold: encodings, which the tasks that judge validation
  /// devices copy and run through the network at once, and orders of each device's latencies.
  func checkMemory(_ shape: NetworkShape, _ settings: TrainingSettings) throws(HelpError) {
    let encodings = MemoryLayout<Float>.stride * shape.encoding.featureCount
    let judged = 4 * devices(.valid).count
    let judging = judged == 0 ? 0 : shape.activationBytes * min(settings.threads, judged)
    try HelpBase.checkMemory(
      for: "the dataset's row count", architectures.count,
      bytesEach: encodings * (1 + judged) + judging + 64 + 32 * devices.count)
  }
}
