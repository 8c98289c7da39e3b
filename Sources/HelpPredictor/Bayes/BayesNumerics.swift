/// Guards that keep the arithmetic of method "bayes" finite; they shape no prediction to six
/// digits (docs/methods/bayes.md, "Constants").
enum BayesNumerics {
  /// Least mean of a mean function over the rows, so that s0 stays above 0 and finite (B5).
  static let leastRowMean = 0.05
  /// Least ρ, the posterior scale over its guess, so that scales stay above 0 (B10).
  static let leastScale = 1e-3
  /// Added to the diagonal of C, in squares of the mean latency, so that it factorises (B9).
  static let jitter = 1e-8
  /// Log evidence below the largest from which on a component weighs nothing (B11).
  static let evidenceRange = 40.0
  /// Configurations that weigh no more than this are left out of means (B12, B13).
  static let leastMeanWeight = 1e-9
  /// Configurations that weigh no more than this are left out of variances and of
  /// leave-one-out (B16, B17).
  static let leastVarianceWeight = 1e-6
  /// Components that weigh no more than this are left out of leave-one-out (B17).
  static let leastComponentWeight = 1e-7
  /// Largest exponent of the odds that leaving a row out gives a component (B17).
  static let largestExponent = 300.0
  /// Least variance, in squares of the mean latency, so that deviations stay above 0 (B18,
  /// B24).
  static let leastVariance = 1e-12
  /// Least start of the positive tail as a share of the mean latency (B23).
  static let leastTailShare = 1e-6
}
