import CHelpSupport

// The elementary functions the layers need, from libm.
package func logarithm(_ x: Double) -> Double { log(x) }
package func exponential(_ x: Double) -> Double { exp(x) }
package func logarithmOnePlus(_ x: Double) -> Double { log1p(x) }
