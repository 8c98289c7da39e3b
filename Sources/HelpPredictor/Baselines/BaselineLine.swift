import HelpSpaces

/// A baseline before its positive tail, in one space.
struct BaselineLine: LinearLatency {
  let weights: [Double]
  private let inputs: BaselineInputs

  init(_ function: BaselineFunction, in space: any SearchSpace) {
    weights = function.weights
    inputs = function.inputs(in: space)
  }

  var width: Int { weights.count }

  func numbers(_ batch: ArchitectureBatch) -> [Double] {
    let width = width
    return [Double](unsafeUninitializedCapacity: batch.count * width) { buffer, initialized in
      if let base = buffer.baseAddress {
        for row in 0..<batch.count { inputs.read(batch[row], to: base + row * width) }
      }
      initialized = batch.count * width
    }
  }

  func deviation(ofContrast numbers: UnsafePointer<Double>) -> Double? { nil }
}
