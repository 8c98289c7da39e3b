/// A seeded generator: xoshiro256++ (Blackman and Vigna, 2019,
/// doi:10.1145/3460772) started by SplitMix64.
///
/// A value type: copying it copies the stream, and nothing is shared. Equal seeds
/// give equal streams on every machine.
package struct RandomSource: RandomNumberGenerator, Sendable {
  private var state: (UInt64, UInt64, UInt64, UInt64)
  private var spareNormal: Double?

  package init(seed: UInt64) {
    var mixer = seed
    func next() -> UInt64 {
      mixer &+= 0x9E37_79B9_7F4A_7C15
      var z = mixer
      z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z &>> 31)
    }
    state = (next(), next(), next(), next())
  }

  /// A stream that continues from where `words` was taken: four words, not all zero.
  package init(words: [UInt64]) {
    self.init(seed: 0)
    if words.count == 4 { state = (words[0], words[1], words[2], words[3]) }
  }

  /// The state between draws that are not of `normal`.
  package var words: [UInt64] { [state.0, state.1, state.2, state.3] }

  /// A stream of its own for one piece of the work, whatever the order pieces run in.
  package init(seed: UInt64, stream: UInt64) {
    var parent = RandomSource(seed: seed ^ (stream &* 0xD1B5_4A32_D192_ED03))
    self.init(seed: parent.next())
  }

  package mutating func next() -> UInt64 {
    func rotate(_ x: UInt64, _ k: UInt64) -> UInt64 { (x &<< k) | (x &>> (64 &- k)) }
    let result = rotate(state.0 &+ state.3, 23) &+ state.0
    let t = state.1 &<< 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= t
    state.3 = rotate(state.3, 45)
    return result
  }

  /// Uniform in 0..<1, 53 bits.
  package mutating func uniform() -> Double { Double(next() &>> 11) * 0x1p-53 }

  /// Uniform in `range`.
  package mutating func uniform(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// Uniform in 0..<bound, without bias (Lemire, 2019). `bound` is at least 1.
  package mutating func index(below bound: Int) -> Int {
    let range = UInt64(bound)
    var product = next().multipliedFullWidth(by: range)
    if product.low < range {
      let threshold = (0 &- range) % range
      while product.low < threshold { product = next().multipliedFullWidth(by: range) }
    }
    return Int(product.high)
  }

  /// Standard normal, by Marsaglia's polar method.
  package mutating func normal() -> Double {
    if let spare = spareNormal {
      spareNormal = nil
      return spare
    }
    while true {
      let u = 2 * uniform() - 1
      let v = 2 * uniform() - 1
      let s = u * u + v * v
      if s > 0 && s < 1 {
        let scale = (-2 * logarithm(s) / s).squareRoot()
        spareNormal = v * scale
        return u * scale
      }
    }
  }

  /// `count` different numbers of 0..<bound in random order; `count` at most `bound`.
  package mutating func sample(_ count: Int, below bound: Int) -> [Int] {
    var pool = Array(0..<bound)
    for i in 0..<count { pool.swapAt(i, i + index(below: bound - i)) }
    return Array(pool[..<count])
  }
}
