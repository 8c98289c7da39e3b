import HelpSpaces

extension BayesPredictor: LinearLatency {
  var width: Int { weights.count }

  func numbers(_ batch: ArchitectureBatch) -> [Double] {
    let regressors = batch.space.regressorGroups.reduce(0) { $0 + $1.count }
    return RegressorRows(batch, costs: width - 1 - regressors).values
  }

  func deviation(ofContrast numbers: UnsafePointer<Double>) -> Double? {
    deviation.milliseconds(ofContrast: numbers)
  }
}
