/// MT19937 (Matsumoto and Nishimura, 1998, doi:10.1145/272991.272995) seeded as
/// CPython seeds `random.seed(int)`: only to replay shuffles that published
/// benchmarks made with Python. Use `RandomSource` for everything else.
package struct MersenneTwister {
  private var words: [UInt32]
  private var position = 624

  /// Python's `random.seed(seed)` for a seed that fits 32 bits.
  package init(pythonSeed seed: UInt32) {
    words = [UInt32](repeating: 0, count: 624)
    seedLinearly(19_650_218)
    var i = 1
    for _ in 0..<624 {
      words[i] = (words[i] ^ (mixed(words[i - 1]) &* 1_664_525)) &+ seed
      advance(&i)
    }
    for _ in 0..<623 {
      words[i] = (words[i] ^ (mixed(words[i - 1]) &* 1_566_083_941)) &- UInt32(i)
      advance(&i)
    }
    words[0] = 0x8000_0000
  }

  private mutating func seedLinearly(_ seed: UInt32) {
    words[0] = seed
    for i in 1..<624 { words[i] = 1_812_433_253 &* mixed(words[i - 1]) &+ UInt32(i) }
  }

  private func mixed(_ word: UInt32) -> UInt32 { word ^ (word &>> 30) }

  private mutating func advance(_ i: inout Int) {
    i += 1
    if i == 624 {
      words[0] = words[623]
      i = 1
    }
  }

  package mutating func next() -> UInt32 {
    if position == 624 { regenerate() }
    var y = words[position]
    position += 1
    y ^= y &>> 11
    y ^= (y &<< 7) & 0x9D2C_5680
    y ^= (y &<< 15) & 0xEFC6_0000
    return y ^ (y &>> 18)
  }

  private mutating func regenerate() {
    for i in 0..<624 {
      let y = (words[i] & 0x8000_0000) | (words[(i + 1) % 624] & 0x7FFF_FFFF)
      words[i] = words[(i + 397) % 624] ^ (y &>> 1) ^ (y & 1 == 0 ? 0 : 0x9908_B0DF)
    }
    position = 0
  }

  /// Python's `random.shuffle(list(range(count)))`.
  package mutating func pythonShuffle(count: Int) -> [Int] {
    var order = Array(0..<count)
    for i in stride(from: count - 1, to: 0, by: -1) { order.swapAt(i, below(i + 1)) }
    return order
  }

  /// Python's `_randbelow`: as many high bits as `bound` has, until below it.
  private mutating func below(_ bound: Int) -> Int {
    let bits = UInt32(Int.bitWidth - bound.leadingZeroBitCount)
    while true {
      let value = Int(next() &>> (32 - bits))
      if value < bound { return value }
    }
  }
}
