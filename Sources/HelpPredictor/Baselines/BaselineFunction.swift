import HelpBase
import HelpNumerics
import HelpSpaces

/// A baseline fitted to one device: a weighted sum of what the method reads of an architecture,
/// without deviations.
package final class BaselineFunction: LatencyFunction {
  package let baseline: Method
  private let inputs: BaselineInputs.Kind
  /// Milliseconds for each of the method's `BaselineInputs`, [width].
  package let weights: [Double]
  /// Milliseconds below which predictions leave their line for the hyperbolic tail.
  package let tail: Double

  package var method: String { baseline.name }

  init(_ method: Method, _ inputs: BaselineInputs.Kind, weights: [Double], tail: Double) {
    baseline = method
    self.inputs = inputs
    self.weights = weights
    self.tail = tail
  }

  func inputs(in space: any SearchSpace) -> BaselineInputs { BaselineInputs(inputs, in: space) }

  package func predict(
    _ batch: ArchitectureBatch, latencies: UnsafeMutablePointer<Double>,
    deviations: UnsafeMutablePointer<Double>?
  ) {
    let inputs = inputs(in: batch.space)
    weights.withUnsafeBufferPointer { weights in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: inputs.width) { buffer in
        guard let values = buffer.baseAddress, let weights = weights.baseAddress else { return }
        for row in 0..<batch.count {
          inputs.read(batch[row], to: values)
          latencies[row] = hyperbolicTail(
            dot(weights, values, inputs.width), below: tail)
          deviations?[row] = .nan
        }
      }
    }
  }
}

extension BaselineFunction {
  /// Of a method that is a baseline.
  package convenience init(
    _ method: Method, weights: [Double], tail: Double
  ) throws(HelpError) {
    guard let baseline = method.baseline else {
      throw HelpError(.unsupported, "method \"\(method.name)\" is no baseline")
    }
    self.init(method, baseline.inputs, weights: weights, tail: tail)
  }

  /// How many weights a method has in a space; nil where it needs costs that the space does
  /// not know, and where it is no baseline.
  package static func width(of method: Method, in space: any SearchSpace) -> Int? {
    guard let baseline = method.baseline, method.need != .costs || space.knowsCosts else {
      return nil
    }
    return BaselineInputs(baseline.inputs, in: space).width
  }
}

extension SearchSpace {
  /// Whether it knows its multiply-accumulates, and with them all stated costs.
  package var knowsCosts: Bool {
    statedCostNames.first == ArchitectureCosts.names[0]
  }
}
