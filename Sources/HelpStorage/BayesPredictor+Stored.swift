import HelpBase
import HelpJSON
import HelpPredictor
import HelpSpaces

/// The part of method "bayes" in a predictor file.
extension BayesPredictor: StoredFunction {
  static let methods = ["bayes"]
  static let keys = [
    "tail_ms", "unit_ms", "noise", "proportional_noise", "noise_floor", "calibration",
    "repeatability",
  ]

  /// Features of the deviation in a file.
  private static let maximumFeatures = 10_000

  convenience init(
    _ description: JSONReader, _ tensors: SafeTensors, in space: any SearchSpace
  ) throws(HelpError) {
    try tensors.checkNames(["weights", "centres", "variances", "projection", "form"])
    let width = try Self.width(tensors, space)
    let positive = Double.leastNonzeroMagnitude...1e300
    let features = try Self.features(tensors, width)
    let variances = try tensors.doubles("variances", shape: [width])
    guard variances.allSatisfy({ $0 >= 0 }) else {
      throw HelpError(.format, "tensor variances has a number below 0")
    }
    self.init(
      weights: try tensors.doubles("weights", shape: [width]),
      tail: try description.number("tail_ms", in: positive),
      deviation: PredictiveDeviation(
        unit: try description.number("unit_ms", in: positive),
        constant: try description.number("noise", in: 0...1e300),
        proportional: try description.number("proportional_noise", in: 0...1e300),
        floor: try description.number("noise_floor", in: 0...1e300),
        calibration: try description.number("calibration", in: positive),
        repeatability: try description.number("repeatability", in: 0...1),
        centres: try tensors.doubles("centres", shape: [width]), variances: variances,
        projection: try tensors.doubles("projection", shape: [features, width]),
        form: try tensors.doubles("form", shape: [features, features])))
  }

  /// 1, the regressors and, where the predictor reads them, the costs.
  private static func width(
    _ tensors: SafeTensors, _ space: any SearchSpace
  ) throws(HelpError) -> Int {
    let regressors = 1 + space.regressorGroups.reduce(0) { $0 + $1.count }
    let shape = try tensors.shape(of: "weights")
    guard let width = shape.first, shape.count == 1,
      BayesPrior.costCounts(space).contains(width - regressors)
    else {
      throw HelpError(
        .format,
        "tensor weights has shape \(shape.bracketed); \(space.name) has \(regressors) regressors "
          + "and up to \(RegressorReader.costs(of: space)) costs")
    }
    return width
  }

  private static func features(
    _ tensors: SafeTensors, _ width: Int
  ) throws(HelpError) -> Int {
    let shape = try tensors.shape(of: "projection")
    guard let features = shape.first, (1...maximumFeatures).contains(features) else {
      throw HelpError(
        .format,
        "tensor projection has shape \(shape.bracketed), not [1...\(maximumFeatures), \(width)]")
    }
    return features
  }

  var values: [JSONValue] {
    [
      tail, deviation.unit, deviation.constant, deviation.proportional, deviation.floor,
      deviation.calibration, deviation.repeatability,
    ].map(JSONValue.number)
  }

  func write(to tensors: inout SafeTensorsWriter) {
    tensors.add("weights", shape: [weights.count], doubles: weights)
    let (width, features) = (weights.count, deviation.features)
    tensors.add("centres", shape: [width], doubles: deviation.centres)
    tensors.add("variances", shape: [width], doubles: deviation.variances)
    tensors.add("projection", shape: [features, width], doubles: deviation.projection)
    tensors.add("form", shape: [features, features], doubles: deviation.form)
  }
}
