import HelpNumerics

extension LinearPredictor {
  /// - variance: the posterior's, complete.
  /// - bend: milliseconds.
  convenience init(
    _ posterior: LinearPosterior, mean: [Double], _ variance: LinearVariance, bend: Double,
    calibration: Double
  ) {
    let problem = posterior.problem
    let fold = LinearFold(problem)
    var weights = fold.unfolded(mean)
    problem.basis.regressors.unscale(&weights)
    self.init(
      weights: weights.map { $0 * problem.unit }, bend: bend,
      spread: LinearSpread(variance, fold, posterior, calibration: calibration))
  }
}

extension LinearSpread {
  fileprivate init(
    _ variance: LinearVariance, _ fold: LinearFold, _ posterior: LinearPosterior,
    calibration: Double
  ) {
    let regressors = posterior.problem.basis.regressors
    let costs = [Double](repeating: 0, count: regressors.costMeans.count)
    let scales = [1] + regressors.scales + costs
    var projection = fold.weights
    regressors.unscale(&projection)
    self.init(
      unit: posterior.problem.unit, constant: variance.constant,
      proportional: variance.proportional, floor: posterior.settings.noiseFloor,
      calibration: calibration, repeatability: posterior.settings.repeatability,
      centres: [0] + regressors.means + costs,
      variances: zip(fold.variances(variance), scales).map { $0 * $1 * $1 },
      projection: projection, form: fold.folded(variance))
  }
}
